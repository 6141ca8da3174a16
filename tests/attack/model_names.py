"""Vensim texts that are attacks by what stands in their fields and names."""

from __future__ import annotations

from random import Random

from tests.attack import hostile
from tests.attack.mdl import TIMES, case, level, line, text
from tests.attack.outcomes import Case, Right

STARS = "*" * 56
FIELDS = (
    "unit",
    "time unit",
    "note",
    "name",
    "dimension",
    "element",
    "lookup",
    "comment",
    "sector",
    "macro",
    "head",
    "equation",
)


def fields(rng: Random, k: int) -> Case:
    """Code in a field of a text whose numbers are known: refused, or not touched by it."""
    field = FIELDS[k % len(FIELDS)]
    code = hostile.code(rng, k // len(FIELDS) if k < 200 else rng.randrange(99))
    told = {name: name.replace(" ", "_") for name in FIELDS} | {
        "unit": "Dmnl",
        "time unit": "Year",
        field: code,
    }
    name = f'"{code}"' if field == "name" else "plain"
    body = (
        f"{STARS}\n\t.{told['sector']}\n{STARS}~\n\t\tNote.\n\t|\n"
        f":MACRO: {told['macro']}(a)\n{told['macro']} = a + 1 ~ ~ |\n:END OF MACRO:\n"
        f"{told['dimension']}: {told['element']}, other ~~|\n"
        f"{told['lookup']}((0,0),(4,8)) ~ Dmnl ~ |\n"
        f"{name} = 3 {{{told['comment']}}} + Time ~ {told['unit']} ~ {told['note']} |\n"
        f"many[{told['dimension']}] = 2 ~ Dmnl ~ |\n"
        f"read = {told['lookup']}(Time) ~ Dmnl ~ |\n"
        f"last = {code if field == 'equation' else name} * 2 ~ Dmnl ~ |\n"
        f"stock = INTEG({name}, 1) ~ Dmnl ~ |\n"
    )
    head = f"{{{code}}}" if field == "head" else "{UTF-8}"
    known = {} if field == "equation" else {"last": line(6, 2), "read": line(0, 2)}
    return case(
        "code in a field", f"{field}: {code[:40]!a}", text(body, told["time unit"], head), values=known
    )


def alike(rng: Random, k: int) -> Case:
    """Two names that fold into one: two variables, or a fault."""
    first, second = hostile.ALIKE[k % len(hostile.ALIKE)]
    if k >= len(hostile.ALIKE):
        stem = rng.choice(["rate ", "x", "_", "growth of "])
        first, second = stem + first, stem + second
    one, other = (f'"{name}"' if k % 2 or not _bare(name) else name for name in (first, second))
    body = (
        f"{one} = 1+Time ~ Dmnl ~ |\n{other} = 5+Time ~ Dmnl ~ |\n"
        f"both = {one}*10+{other} ~ Dmnl ~ |\ncount = INTEG({one}*{other}, 0) ~ Dmnl ~ |\n"
        "clock = Time ~ Dmnl ~ |"
    )
    known = {"both": line(15, 11), "clock": line(0, 1)}
    return case("names alike", f"{one!a} and {other!a}", text(body), values=known)


def _bare(name: str) -> bool:
    return name.replace(" ", "").isalnum() and not name[0].isdigit() and name[0].isalpha()


WORDS = (*hostile.INTERNAL, *hostile.KEYWORDS, *hostile.SCRIPT, *hostile.DUNDER, *hostile.BUILTINS)


def words(rng: Random, k: int) -> Case:
    """Words of Python, of JavaScript and of the generator as names: they are names like any other."""
    count = 8
    start = k * count % len(WORDS)
    pool = [*WORDS, *WORDS]
    chosen = pool[start : start + count] if k * count < len(WORDS) else rng.sample(WORDS, count)
    names = list({name.strip("_").lower(): name for name in chosen if name.strip("_")}.values())
    if k % 3 == 2:
        names = [f'"{name}"' for name in names]
    body = "".join(f"{name} = {i + 1} + {i}*Time ~ Dmnl ~ |\n" for i, name in enumerate(names))
    body += (
        f"all of them = {' + '.join(names)} ~ Dmnl ~ |\nheld = INTEG({names[0]}, {names[-1]}) ~ Dmnl ~ |\n"
    )
    n = len(names)
    known = {"all of them": line(n * (n + 1) / 2, n * (n - 1) / 2)}
    known["held"] = tuple(n + t for t in TIMES)
    return case("words as names", ", ".join(names), text(body), _runs(names), known)


def _runs(names: list[str]) -> Right:
    plain = all(name.isidentifier() and not name.startswith("_") for name in names)
    return Right.RUNS if plain else Right.EITHER


def quoted(rng: Random, k: int) -> Case:
    """Names in quotes that hold the signs of the language."""
    chosen = hostile.QUOTED[k % len(hostile.QUOTED)]
    if k >= len(hostile.QUOTED):
        chosen += rng.choice(hostile.QUOTED)
    name = f'"{chosen}"'
    body = (
        f"{name} = 3 ~ Dmnl ~ |\nuser thing = 2*{name} ~ Dmnl ~ |\nlevel = INTEG({name}, 1) ~ Dmnl ~ |\n"
        f"table of {_safe(rng)}((0,0),(4,4)) ~ Dmnl ~ |"
    )
    right = Right.RUNS if chosen == "{a}" else Right.EITHER
    known = {"user thing": level(6), "level": line(1, 3)}
    return case("quoted names", f"{name[:60]!a}", text(body), right, known)


def _safe(rng: Random) -> str:
    return rng.choice(["x", "lambda", "tables", "ns"])


def numbers(rng: Random, k: int) -> Case:
    """Numbers as no computer writes them, in each place where a number stands."""
    written, value = hostile.number(rng, k // 4)
    name = f"{written[:30]!a}"
    if k % 4 == 0:
        content, shown = text(f"a = {written} ~ Dmnl ~ |"), level
    elif k % 4 == 1:
        content, shown = text(f"a = 2*b + 1*({written}) ~ Dmnl ~ |\nb = 0 ~ Dmnl ~ |"), level
    elif k % 4 == 2:
        content, shown = text(f"tab((0,{written}),(9,{written})) ~ Dmnl ~ |\na = tab(Time) ~ Dmnl ~ |"), level
    else:
        content, shown = text(f"a = INTEG(0, {written}) ~ Dmnl ~ |"), level
    if value is None:
        # "1 000", "1,5" and the like are refused by the grammar, the rest as numbers
        return case("numbers", f"{name} in place {k % 4}", content, Right.REFUSED)
    return case("numbers", f"{name} in place {k % 4}", content, values={"a": shown(value)})


KINDS = {fields: 120, alike: 72, words: 40, quoted: 60, numbers: 140}
