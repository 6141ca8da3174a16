"""Vensim model texts: split into entries and groups here, each equation parsed by PySD's translator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from latecomer.faults import Fault

SKETCH = "\\\\\\---///"


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a model text, parsed but not yet translated."""

    name: str
    unit: str
    note: str
    limits: tuple[float | None, float | None]
    sector: str
    line: int
    nodes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The text of one element: its parts between the tildes, and its first line."""

    parts: tuple[str, ...]
    line: int


class Broken(Exception):
    """An element that cannot be read; `name` is its left-hand side as far as it could be told."""

    def __init__(self, name: str, fault: Fault) -> None:
        self.name, self.fault = name, fault
        super().__init__(str(fault))


def decode(raw: bytes) -> str:
    r"""The characters of a model text; a first line such as {UTF-8} names the encoding.

    >>> decode(b"{UTF-8}\nx = 1 ~ Dmnl ~ |")
    '{UTF-8}\nx = 1 ~ Dmnl ~ |'
    """
    named = re.match(rb"\s*\{([\w-]+)\}", raw.lstrip(b"\xef\xbb\xbf"))
    encoding = named.group(1).decode("ascii") if named else "utf-8"
    return raw.decode(encoding).lstrip("\ufeff").replace("\r\n", "\n")


def entries(text: str, file: str) -> Iterator[Entry | Broken]:
    """The elements of a model text in order, each with the sector whose heading stands above it."""
    sector = ""
    for chunk in _chunks(text):
        heading = re.fullmatch(r"\*{3,}\s*(.*?)\s*\*{3,}", _one_line(chunk.parts[0]))
        if heading:
            sector = heading.group(1).lstrip(".").strip()
            continue
        try:
            yield _entry(chunk, sector, file)
        except Broken as broken:
            yield broken


def _chunks(text: str) -> Iterator[Chunk]:
    body = text.split(SKETCH, 1)[0]
    body = re.sub(r"\A\s*\{[^}]*\}", lambda match: "\n" * match.group().count("\n"), body)
    parts: list[str] = []
    current, quoted, line = "", False, 1
    start: int | None = None
    for character in body:
        if start is None and not character.isspace():
            start = line
        line += character == "\n"
        if character == '"' and len(parts) == 0:
            quoted = not quoted
        if character in "~|" and not quoted:
            parts.append(current)
            current = ""
            if character == "|":
                yield Chunk(tuple(parts), start or line)
                parts, start = [], None
        else:
            current += character
    if current.strip() or parts:
        yield Chunk((*parts, current, "no end"), start or line)


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"\\\s*\n", " ", text).split())


def _entry(chunk: Chunk, sector: str, file: str) -> Entry:
    equation = _one_line(chunk.parts[0])
    name = _left_hand_side(equation)
    place = f"{file}, line {chunk.line}, {name or 'element'}"
    if chunk.parts[-1] == "no end" or not 3 <= len(chunk.parts) <= 4:
        raise Broken(
            name,
            Fault(
                place,
                f"'{equation[:60]}' without unit, note and end in their places",
                "an element written as name = equation ~ unit ~ note |",
                "write the unit, the note and the closing |",
            ),
        )
    _check_text(equation, name, place)
    unit, note = _one_line(chunk.parts[1]), _one_line(chunk.parts[2])
    component = _parse(equation, unit, note, name, place)
    low, high = (*(component.limits or (None, None)), None, None)[:2]
    return Entry(
        component.name.strip('"'), component.units, note, (low, high), sector, chunk.line, (component.ast,)
    )


def _left_hand_side(equation: str) -> str:
    found = re.match(r'"[^"]*"|[^=(:\[<]*', equation)
    return found.group().strip().strip('"') if found else ""


def _check_text(equation: str, name: str, place: str) -> None:
    for pattern, got in (
        (r":MACRO:|:END OF MACRO:", "a macro"),
        (r"\{", "a comment in braces inside an equation"),
        (r":EXCEPT:", "the construct :EXCEPT:"),
        (r":THE CONDITION:|:TEST INPUT:", "a reality check"),
        (r"<->", "a range of subscripts"),
        # the parser's tree no longer tells a^-b^c from a^(-(b^c))
        (r"\^\s*-\s*[^-+*/^()=<>,]+\^", "a chain of powers such as a^-b^c"),
    ):
        if re.search(pattern, equation, re.IGNORECASE):
            raise Broken(name, _unsupported(place, got))
    if re.match(r'("[^"]*"|[^=("]*)\[', equation):
        raise Broken(name, _unsupported(place, "a subscript"))


def _unsupported(place: str, got: str) -> Fault:
    return Fault(
        place,
        got,
        "a construct of the supported language (see the reference of model texts)",
        "write it with plain equations, one variable for each element",
    )


def _parse(equation: str, unit: str, note: str, name: str, place: str) -> Any:
    from pysd.translators.vensim import vensim_element as foreign

    try:
        component = foreign.Element(equation, unit, note).parse()
    except Exception as problem:  # noqa: BLE001 - PySD's parser raises errors of many kinds
        raise Broken(name, _unreadable(place, equation, problem)) from None
    if isinstance(component, foreign.SubscriptRange):
        raise Broken(name, _unsupported(place, "a range of subscripts"))
    if isinstance(component, foreign.Data):
        raise Broken(name, _unsupported(place, "a data variable"))
    try:
        component.parse()
    except Exception as problem:  # noqa: BLE001 - as above
        raise Broken(name, _unreadable(place, component.expression, problem)) from None
    return component


def _unreadable(place: str, text: str, problem: Exception) -> Fault:
    position = getattr(problem, "pos", None)
    near = (
        f"'{text[position : position + 40].strip()}' in "
        if isinstance(position, int) and position < len(text)
        else ""
    )
    return Fault(
        place,
        f"{near}'{text[:80]}', which cannot be read",
        "an equation of the model language",
        "look for a missing operator, comma or parenthesis",
    )
