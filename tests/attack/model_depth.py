"""Vensim texts that are attacks by depth, length and size: they run or are refused, and soon."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.attack.mdl import case, level, text
from tests.attack.outcomes import Case, Right

DEPTHS = (150, 250, 1_000, 100_000)
# what a person or a program might write
PLAUSIBLE = 150
HOPELESS = 100_000
DEEPEST = ("parentheses", "minus", "NOT", "IF in the last")


def _nested(head: str, tail: str, inside: str) -> Callable[[int], str]:
    return lambda n: head * n + inside + tail * n


# text of a depth, and its value where b is 2
DEEP: dict[str, tuple[Callable[[int], str], Callable[[int], float]]] = {
    "parentheses": (_nested("(", ")", "b"), lambda n: 2.0),
    "minus": (lambda n: "-" * n + "b", lambda n: 2.0 if n % 2 == 0 else -2.0),
    "minus in parentheses": (_nested("-(", ")", "b"), lambda n: 2.0 if n % 2 == 0 else -2.0),
    "IF in the last": (_nested("IF THEN ELSE(b>1,1+0*b,", ")", "7"), lambda n: 1.0),
    "IF in the second": (_nested("IF THEN ELSE(b<9,", ",0)", "7"), lambda n: 7.0),
    "IF in the first": (lambda n: "IF THEN ELSE(" * n + "b>1" + ",3,4)>2" * (n - 1) + ",3,4)", lambda n: 3.0),
    "functions": (_nested("ABS(", ")", "b"), lambda n: 2.0),
    "functions of two": (_nested("MIN(9,", ")", "b"), lambda n: 2.0),
    "NOT": (lambda n: "IF THEN ELSE(" + ":NOT: " * n + "b>1, 5, 6)", lambda n: 5.0 if n % 2 == 0 else 6.0),
    "AND": (lambda n: "IF THEN ELSE(b>1" + " :AND: b>1" * n + ", 5, 6)", lambda n: 5.0),
    "OR": (lambda n: "IF THEN ELSE(b<1" + " :OR: b<1" * n + ", 5, 6)", lambda n: 6.0),
    "powers": (lambda n: "b" + "^1" * n, lambda n: 2.0),
    "sum of parentheses": (_nested("(b+", ")", "0"), lambda n: 2.0 * n),
    "ZIDZ": (_nested("ZIDZ(", ",1)", "b"), lambda n: 2.0),
}


def deep(rng: Random, k: int) -> Case:
    """An equation nested deeply: to 150 it runs, to 100,000 it is refused, between either."""
    name = tuple(DEEP)[k % len(DEEP)]
    step = k // len(DEEP)
    depth = DEPTHS[step] if step < len(DEPTHS) else rng.randrange(100, 20_000)
    # a text of a hundred thousand takes seconds to be refused: some forms stand for all
    depth = depth if depth < HOPELESS or name in DEEPEST else 12_000
    write, value = DEEP[name]
    body = (
        f"b = 2 ~ Dmnl ~ |\na = {write(depth)} ~ Dmnl ~ |\ns = INTEG({write(min(depth, 120))}, 0) ~ Dmnl ~ |"
    )
    chain = name in ("AND", "OR", "powers")
    must = (
        Right.RUNS
        if depth <= PLAUSIBLE
        else Right.REFUSED
        if depth >= HOPELESS and not chain
        else Right.EITHER
    )
    return case("deep equations", f"{name}, {depth} deep", text(body), must, {"a": level(value(depth))})


LENGTHS = (250, 1_000, 5_000, 20_000)
SUMS: dict[str, tuple[str, Callable[[int], float]]] = {
    "b+": ("b", lambda n: 2.0 * n),
    "b-": ("b", lambda n: 4.0 - 2.0 * n),
    "b/b*": ("b/b", lambda n: 1.0),
    "1*": ("1", lambda n: 1.0),
    "b*b+": ("b*b", lambda n: 4.0 * n),
}


def sums(rng: Random, k: int) -> Case:
    """An equation of many terms: 250 run."""
    name = tuple(SUMS)[k % len(SUMS)]
    step = k // len(SUMS)
    terms = LENGTHS[step] if step < len(LENGTHS) else rng.randrange(200, 6_000)
    term, value = SUMS[name]
    written = name[-1].join([term] * terms)
    must = Right.RUNS if terms <= 1_000 else Right.EITHER
    body = f"b = 2 ~ Dmnl ~ |\na = {written} ~ Dmnl ~ |"
    return case("long sums", f"{terms} terms with {name[-1]}", text(body), must, {"a": level(value(terms))})


def chain(rng: Random, k: int) -> Case:
    """Many variables, each of the one before: as many as there are, in a time that grows as they do."""
    count = (300, 1_500, 4_000)[k] if k < 3 else rng.randrange(100, 3_000)
    order = list(range(1, count))
    rng.shuffle(order)
    lines = "".join(f"x{i} = x{i - 1} + 1 ~ Dmnl ~ |\n" for i in order)
    return case(
        "chains",
        f"{count} variables",
        text(f"x0 = 1 ~ Dmnl ~ |\n{lines}"),
        Right.RUNS,
        {f"x{count - 1}": level(count)},
    )


def sizes(rng: Random, k: int) -> Case:
    """Ranges beyond any memory, and products of ranges."""
    huge = 10 ** rng.randrange(7, 30)
    tens = ",".join(f"d{i}" for i in range(10))
    ranges = "".join(f"d{i}: (d{i}s1-d{i}s100) ~~|\n" for i in range(10))
    bodies = (
        "sub: (s1-s1000000000) ~~|\na[sub] = 1 ~ Dmnl ~ |\nb = SUM(a[sub!]) ~ Dmnl ~ |",
        f"sub: (s1-s{huge}) ~~|\na[sub] = 1 ~ Dmnl ~ |",
        f"sub: (s{huge}-s{huge * 3}) ~~|\na[sub] = 1 ~ Dmnl ~ |",
        f"{ranges}a[{tens}] = 1 ~ Dmnl ~ |",
        f"{ranges}a[{tens}] = 1 ~ Dmnl ~ |\nb = SUM(a[{tens.replace(',', '!,')}!]) ~ Dmnl ~ |",
        f"sub: (s1-s{'9' * rng.randrange(400, 5000)}) ~~|\na[sub] = 1 ~ Dmnl ~ |",
        "sub: (s1-s100000) ~~|\ntwo: (t1-t100000) ~~|\na[sub,two] = 1 ~ Dmnl ~ |",
        "one: two, one ~~|\ntwo: one, two ~~|\na[one] = 1 ~ Dmnl ~ |",
        f"sub: (s9-s{-huge}) ~~|\na[sub] = 1 ~ Dmnl ~ |",
        f"a = DELAY N(1, 2, 1, {huge}) ~ Dmnl ~ |",
        f"a = DELAY FIXED(Time, {huge}, 0) ~ Dmnl ~ |",
    )
    right = Right.EITHER if k % len(bodies) in (9, 10) else Right.REFUSED
    return case("sizes", f"body {k % len(bodies)}, {huge:.0e}", text(bodies[k % len(bodies)]), right)


def small_ranges(rng: Random, k: int) -> Case:
    """Ranges that fit: sums over them, known."""
    n, m = rng.randrange(1, 60), rng.randrange(1, 12)
    body = (
        f"sub: (s1-s{n}) ~~|\ntwo: (t1-t{m}) ~~|\na[sub] = 2 ~ Dmnl ~ |\nb[sub,two] = a[sub]*3 ~ Dmnl ~ |\n"
        "total = SUM(b[sub!,two!]) ~ Dmnl ~ |\nlast = VMAX(a[sub!]) ~ Dmnl ~ |"
    )
    return case("ranges", f"{n} by {m}", text(body), Right.RUNS, {"total": level(6 * n * m)})


def macros(rng: Random, k: int) -> Case:
    """Macros that double, that call themselves or each other, and some that are sound."""
    depth = rng.randrange(25, 60)
    fan = rng.randrange(2, 5)

    def tower(levels: int, width: int) -> str:
        made = ":MACRO: F0(x)\nF0 = x+1 ~ Dmnl ~ |\n:END OF MACRO:\n"
        for i in range(1, levels + 1):
            calls = "+".join([f"F{i - 1}(x)"] * width)
            made += f":MACRO: F{i}(x)\nF{i} = {calls} ~ Dmnl ~ |\n:END OF MACRO:\n"
        return made + f"a = F{levels}(1) ~ Dmnl ~ |"

    own = ":MACRO: G(x)\nG = G(x)+1 ~ Dmnl ~ |\n:END OF MACRO:\na = G(1) ~ Dmnl ~ |"
    pair = (
        ":MACRO: G(x)\nG = H(x)+1 ~ Dmnl ~ |\n:END OF MACRO:\n"
        ":MACRO: H(x)\nH = G(x)+1 ~ Dmnl ~ |\n:END OF MACRO:\na = G(1) ~ Dmnl ~ |"
    )
    match k % 6:
        case 0:
            return case("macros", f"{depth} that double", text(tower(depth, fan)), Right.REFUSED)
        case 1:
            return case("macros", "calls itself", text(own), Right.REFUSED)
        case 2:
            return case("macros", "call each other", text(pair), Right.REFUSED)
        case 3:
            levels = rng.randrange(1, 5)
            known = {"a": level(2 * 2**levels)}
            return case("macros", f"{levels} that double", text(tower(levels, 2)), Right.RUNS, known)
        case 4:
            return case(
                "macros", f"{depth * 40} in a row", text(tower(depth * 40, 1)), values={"a": level(2)}
            )
        case _:
            nest = rng.randrange(300, 3000)
            body = ":MACRO: F(x)\nF = x+1 ~ Dmnl ~ |\n:END OF MACRO:\na = " + "F(" * nest + "1" + ")" * nest
            return case(
                "macros", f"{nest} calls in calls", text(body + " ~ Dmnl ~ |"), values={"a": level(nest + 1)}
            )


LONG = 100_000
ENDLESS = (
    "a = 1" + " " * LONG + "x ~ Dmnl ~ |",
    " " * LONG + "a = 1 ~ Dmnl ~ |",
    "a" + " " * LONG + "b = 1 ~ Dmnl ~ |",
    "a = " + "1" * LONG + "x ~ Dmnl ~ |",
    "a[sub] = " + "1" * LONG + " ~ Dmnl ~ |",
    "sub: s1,s2 ~~|\na[sub] = " + "1," * LONG + "1 ~ Dmnl ~ |",
    'a = "' + "b" * LONG + " ~ Dmnl ~ |",
    "a = 1 ~ Dmnl ~ |\n" + '"' * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "{" * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "{}" * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "}" * LONG,
    "a :A" + " A" * LONG + " = 1 ~ Dmnl ~ |",
    "a = 1 " + ":" * LONG + " ~ Dmnl ~ |",
    ":" + "A:" * LONG,
    "a = 1 ~ " + "Dmnl*" * LONG + "Dmnl ~ |",
    "a = 1 ~ " + "(" * LONG + " ~ |",
    "a = 1 ~ Dmnl" + "/Year" * LONG + " ~ |",
    "a = 1 ~ Dmnl ~ " + "[" * LONG + " |",
    "a = 1 ~ Dmnl [" + "0," * LONG + "1] ~ |",
    "a = 1 ~ Dmnl ~ |\n" + "~" * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "|" * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "*" * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "\\" * LONG,
    "a = 1 ~ Dmnl ~ |\n" + "\n" * LONG,
    "a(" + "(0,1)," * LONG + "(1,1)) ~ Dmnl ~ |",
    "a([" + "(0,0)-" * LONG + "(1,1)],(0,0),(1,1)) ~ Dmnl ~ |",
    "sub: " + "s," * LONG + "s ~~|\na[sub] = 1 ~ Dmnl ~ |",
    "sub: (s1-s3) " + "-> (b: " * LONG + "~~|",
    "sub: a " + "," + " " * LONG + "~~|",
    "a = INTEG(" * LONG,
    "a = 1 ~ Dmnl ~ |\n:MACRO:" * LONG,
    ":MACRO: f(" + "x," * LONG + "y)\nf = 1 ~~|\n:END OF MACRO:\na = 1 ~ Dmnl ~ |",
    "a = " + "b " * LONG + " ~ Dmnl ~ |",
    "a = " + "b_" * LONG + " ~ Dmnl ~ |",
    "a[" + "b," * LONG + "c] = 1 ~ Dmnl ~ |",
    "a = GET XLS DATA('" + "'" * LONG + ") ~ Dmnl ~ |",
    "a = 1 ~ Dmnl ~ |\n" + "\u200b" * LONG,
    "a = 1e" + "0" * LONG + "1 ~ Dmnl ~ |",
    "a = 0." + "0" * LONG + "1 ~ Dmnl ~ |",
)


def endless(rng: Random, k: int) -> Case:
    """A hundred thousand signs of one kind: read in a time that grows as they do."""
    body = ENDLESS[k % len(ENDLESS)]
    if k >= len(ENDLESS):
        body = (
            rng.choice(ENDLESS)[: rng.randrange(100, LONG)] + rng.choice(ENDLESS)[-rng.randrange(10, LONG) :]
        )
    return case("a hundred thousand signs", f"{body[:20]!a} … {body[-20:]!a}", text(body))


KINDS = {deep: 56, sums: 20, chain: 4, sizes: 22, small_ranges: 6, macros: 12, endless: 39}
