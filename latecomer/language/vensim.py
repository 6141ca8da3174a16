"""Vensim model texts: elements, their left-hand sides, and the settings behind the sketch."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from latecomer.errors import Fault
from latecomer.language import subscripts
from latecomer.language.grammar import NUMBER, QUOTED, VENSIM, number, parse, parse_points, unquoted
from latecomer.language.source import (
    REFERENCE,
    Broken,
    BrokenEntry,
    Entry,
    Item,
    Limits,
    Numbers,
    RangeEntry,
    Unreadable,
    Unsupported,
    Written,
    place_of,
)
from latecomer.language.translate import macro_of

# some programs write it with two backslashes
SKETCH = re.compile(r"^\\\\---///|\\\\\\---///", re.MULTILINE)
SETTINGS = "///---\\\\\\"
MACRO, END_OF_MACRO = ":MACRO:", ":END OF MACRO:"
# the integration types that Vensim writes into line 15 of the settings, fourth field; the ones with automatic
# steps give other numbers, and difference equations report other times
METHODS = {"0": "euler", "5": "rk4"}
OTHER_METHODS = {
    "1": "RK4 with automatic steps",
    "2": "difference equations (Diff)",
    "3": "RK2 with fixed steps",
    "4": "RK2 with automatic steps",
}
# what Python knows as an encoding, but no program writes a model text in
NO_ENCODINGS = frozenset({"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7"})
LIST = re.compile(rf"\s*[-+]?\s*{NUMBER}\s*([,;]\s*[-+]?\s*{NUMBER}\s*)*[,;]?\s*")
IN_EQUATION = re.compile(rf"{QUOTED}|\s+|[^\"~|\s]+")
# braces inside quotation marks belong to the name
REMARK = re.compile(rf"(?P<quoted>{QUOTED})|\{{[^{{}}]*\}}")
IN_NOTE = re.compile(r"\s+|[^~|\s]+")
LEFT = re.compile(
    rf"\s*(?P<name>{QUOTED}|[^=(:\[<\"]+)\s*(?P<subscripts>\[[^\]]*\])?\s*"
    r"(?P<except>:EXCEPT:\s*\[[^\]]*\](\s*,\s*\[[^\]]*\])*)?\s*(?P<keyword>:(?!EXCEPT)[A-Z ]+:(?!=))?\s*"
    r"(?P<sign><->|==|:=|=|:(?!=)|(?=\()|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The text of one element: its parts between the tildes, and its first line."""

    parts: tuple[str, ...]
    line: int


def decode(raw: bytes) -> str:
    r"""The characters of a model text; a first line such as {UTF-8} names the encoding.

    Without one, text that is not UTF-8 is taken for Windows' western alphabet.

    >>> decode(b"{UTF-8}\r\nx = 1 ~ Dmnl ~ |")
    '{UTF-8}\nx = 1 ~ Dmnl ~ |'
    """
    if re.search(rb"[\x00-\x08\x0e-\x1f]", raw):
        raise UnicodeDecodeError("utf-8", raw, 0, 1, "control characters")
    named = re.match(rb"\s*\{([\w-]+)\}", raw.removeprefix(b"\xef\xbb\xbf"))
    encoding = codecs.lookup(named.group(1).decode("ascii") if named else "utf-8").name
    if encoding in NO_ENCODINGS:
        raise LookupError(encoding)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def method_of(text: str) -> str:
    """The integration method of the settings: euler, rk4, or what is written there; euler without any.

    >>> method_of("x = 1 ~~|" + chr(10) + SETTINGS + chr(10) + "15:0,0,0,5,0,0")
    'rk4'
    """
    found = re.search(r"^15:([^\n]*)", text.rpartition(SETTINGS)[2], re.MULTILINE)
    if SETTINGS not in text or found is None:
        return "euler"
    fields = [field.strip() for field in found.group(1).split(",")]
    code = fields[3] if len(fields) > 3 else "0"
    return METHODS.get(code) or OTHER_METHODS.get(code, f"integration type {code}")


def entries(text: str, file: str) -> Iterator[Item]:
    """The elements of a model text in order, each with the sector whose heading stands above it."""
    sector = ""
    macro: list[Item] | None = None
    head, head_line = "", 0
    for chunk in map(_without_remarks, _chunks(text)):
        if END_OF_MACRO in _one_line(chunk.parts[0]).upper():
            if macro is not None:
                yield _macro(head, head_line, macro, file)
            macro = None
            after = re.split(END_OF_MACRO, chunk.parts[0], flags=re.IGNORECASE)[-1]
            chunk = Chunk((after, *chunk.parts[1:]), chunk.line + chunk.parts[0].count("\n", 0, -len(after)))
            if not "".join(chunk.parts[:1]).strip() and chunk.parts[-1] in ("", "no end"):
                continue
        first = _one_line(chunk.parts[0])
        if first.startswith("***") and first.endswith("***") and len(first) >= 6:
            sector = first.strip("*").strip().lstrip(".").strip()
            continue
        if first.upper().startswith(MACRO):
            macro, head_line = [], chunk.line
            opening, _, rest = chunk.parts[0].partition(")")
            head = _one_line(opening)[len(MACRO) :].strip() + ")"
            chunk = Chunk((rest, *chunk.parts[1:]), chunk.line + opening.count("\n"))
        try:
            item: Item = _item(chunk, sector, file)
        except Broken as broken:
            item = BrokenEntry(broken.name, broken.fault)
        if macro is None:
            yield item
        else:
            macro.append(item)
    if macro is not None:
        yield _macro(head, head_line, macro, file)


def _macro(head: str, line: int, items: list[Item], file: str) -> Item:
    name = head.split("(")[0].strip()
    try:
        return macro_of(head, items)
    except Unsupported as problem:
        return BrokenEntry(
            name, Fault(place_of(file, line, name), problem.got, problem.expected, problem.cure)
        )


def _chunks(text: str) -> Iterator[Chunk]:
    body = SKETCH.split(text, maxsplit=1)[0].split("\n" + SETTINGS, 1)[0]
    body = re.sub(r"\A\s*\{[\w-]+\}", lambda match: "\n" * match.group().count("\n"), body)
    parts: list[str] = []
    current, line, position = "", 1, 0
    start: int | None = None
    while position < len(body):
        # a quoted name may hold any sign; in a unit or a note a quotation mark is just a mark
        match = (IN_NOTE if parts else IN_EQUATION).match(body, position)
        piece = match.group() if match else body[position]
        position += len(piece)
        if start is None and not piece.isspace():
            start = line
        line += piece.count("\n")
        if piece not in ("~", "|"):
            current += piece
            continue
        parts.append(current)
        current = ""
        if piece == "|":
            yield Chunk(tuple(parts), start or line)
            parts, start = [], None
    if current.strip() or parts:
        yield Chunk((*parts, current, "no end"), start or line)


def _without_remarks(chunk: Chunk) -> Chunk:
    """The chunk without the remarks of its equation, on as many lines as before."""

    def kept(found: re.Match[str]) -> str:
        return found.group("quoted") or " " + "\n" * found.group().count("\n")

    return Chunk((REMARK.sub(kept, chunk.parts[0]), *chunk.parts[1:]), chunk.line)


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"\\\s*\n", " ", text).split())


def _item(chunk: Chunk, sector: str, file: str) -> Entry | RangeEntry:
    equation = _one_line(chunk.parts[0])
    left = LEFT.match(equation)
    name = unquoted(left.group("name")) if left else equation[:40]
    place = place_of(file, chunk.line, name)
    _check_parts(chunk, equation, name, place)
    if left is None:
        raise Broken(name, unreadable(place, Unreadable(equation, equation)))
    right = equation[left.end() :]
    try:
        if left.group("sign") in (":", "<->"):
            if "=" in right:
                raise Unreadable(equation, equation[left.start("sign") :])
            return subscripts.entry(name, left.group("sign"), right, chunk.line)
        body = _body(left, right, chunk.parts[0])
        exceptions = re.findall(r"\[([^\]]*)\]", left.group("except") or "")
        indices = subscripts.names((left.group("subscripts") or "[]")[1:-1])
    except Unreadable as problem:
        raise Broken(name, unreadable(place, problem)) from None
    except Unsupported as problem:
        raise Broken(name, Fault(place, problem.got, problem.expected, problem.cure)) from None
    unit, note = ([_one_line(part) for part in chunk.parts[1:3]] + ["", ""])[:2]
    limits, unit = _limits(unit)
    groups = tuple(subscripts.names(group) for group in exceptions)
    return Entry(name, indices, body, unit, note, limits, sector, chunk.line, groups)


def _check_parts(chunk: Chunk, equation: str, name: str, place: str) -> None:
    if re.search(r":THE CONDITION:|:TEST INPUT:", equation, re.IGNORECASE):
        raise Broken(name, _unsupported(place, "a reality check"))
    strange = len(chunk.parts) == 4 and not re.fullmatch(r"\s*(:[A-Z ]+:?)?\s*", chunk.parts[3])
    if chunk.parts[-1] == "no end" or len(chunk.parts) > 4 or strange or not equation:
        raise Broken(
            name,
            Fault(
                place,
                f"'{equation[:60]}' without unit, note and end in their places",
                "an element written as name = equation ~ unit ~ note |",
                "write the unit, the note and the closing |",
            ),
        )
    if len(chunk.parts) > 1 and "=" in chunk.parts[1]:
        raise Broken(
            name,
            Fault(place, f"the unit '{_one_line(chunk.parts[1])}'", "a unit", "write the missing note and |"),
        )


def _body(left: re.Match[str], right: str, original: str) -> Written | None:
    keyword = _one_line(left.group("keyword") or "").strip(": ").upper()
    sign = left.group("sign")
    if sign == ":=":
        raise Unsupported(
            "a data equation :=", REFERENCE, "write = for an equation, or read the data from CSV"
        )
    if keyword and keyword != "INTERPOLATE":
        raise Unsupported(f"the keyword :{keyword}:", "data read with :INTERPOLATE:", "leave the keyword out")
    if sign == "" and not right.startswith("("):
        return None
    if keyword:
        raise Unsupported("a keyword before an equation", REFERENCE, "leave the keyword out")
    if not right.strip():
        raise Unsupported("no equation", "an equation, a table or data", "write the right-hand side")
    return right_hand_side(right, original, table=sign not in ("=", "=="))


def right_hand_side(right: str, original: str, table: bool) -> Written:
    """What stands behind the sign: a table, a list of numbers for an array, or an expression."""
    if re.match(r"\s*\(?\s*GET[ _](XLS|DIRECT|123|VDF)", right, re.IGNORECASE):
        what = _one_line(right).strip("( ").split("(")[0].strip()
        raise Unsupported(
            f"the construct {what.upper()}", REFERENCE, "write the numbers into the text or a CSV"
        )
    if table:
        return parse_points(right, VENSIM)
    tabbed = re.search(r"=\s*TABBED ARRAY\s*\((.*)\)\s*\Z", original, re.IGNORECASE | re.DOTALL)
    if tabbed:
        rows = [row.split() for row in tabbed.group(1).replace("\\\n", " ").splitlines() if row.strip()]
        try:
            return Numbers(tuple(tuple(_number(word) for word in row) for row in rows))
        except ValueError:
            raise Unreadable(original, tabbed.group(1)) from None
    if re.search(r"[,;]", right) and LIST.fullmatch(right):
        rows = [re.split(",", row) for row in right.split(";") if row.strip()]
        try:
            return Numbers(
                tuple(tuple(_number("".join(w.split())) for w in row if w.strip()) for row in rows)
            )
        except ValueError:
            raise Unreadable(right, right) from None
    return parse(right, VENSIM)


def _number(word: str) -> float:
    value = number(word)
    if value is None:
        raise ValueError(word)
    return value


def _limits(unit: str) -> tuple[Limits, str]:
    before, bracket, limits = unit.rstrip().removesuffix("]").rpartition("[")
    if not unit.rstrip().endswith("]") or not bracket or "]" in limits:
        return (None, None), unit
    low, high = ([number(word) for word in limits.split(",")] + [None, None])[:2]
    return (low, high), before.strip()


def _unsupported(place: str, got: str) -> Fault:
    return Fault(place, got, REFERENCE, "write it with plain equations")


def unreadable(place: str, problem: Unreadable) -> Fault:
    """The fault of text outside the grammar."""
    rest = problem.rest.strip()
    near = f"'{rest[:40]}' in " if rest and rest != problem.text.strip() else ""
    what = "which cannot be read" if rest else "which breaks off"
    return Fault(
        place,
        f"{near}'{problem.text.strip()[:80]}', {what}",
        "an equation of the model language",
        "look for a missing operator, comma or parenthesis",
    )
