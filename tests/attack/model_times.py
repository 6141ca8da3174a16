"""Vensim texts that are attacks by their times, encodings and tables, and texts with known answers."""

from __future__ import annotations

import codecs
from random import Random

from tests.attack.evaluate import Term, random_term
from tests.attack.mdl import TIMES, case, level, line, text
from tests.attack.outcomes import Case, Right

STOCK = "a = INTEG(1, 0) ~ Dmnl ~ |"
# the control told otherwise, and what is right
CONTROLS: tuple[tuple[dict[str, str], Right], ...] = (
    ({"time_step": "0"}, Right.REFUSED),
    ({"time_step": "-1"}, Right.REFUSED),
    ({"time_step": "1e-300"}, Right.REFUSED),
    ({"time_step": "1e-9"}, Right.REFUSED),
    ({"time_step": "1e-9", "final_time": "1000000"}, Right.REFUSED),
    ({"time_step": "1e400"}, Right.REFUSED),
    ({"time_step": "nan"}, Right.REFUSED),
    ({"time_step": "0/0"}, Right.REFUSED),
    ({"time_step": "3"}, Right.REFUSED),
    ({"time_step": "1e300"}, Right.REFUSED),
    ({"time_step": "TIME STEP"}, Right.REFUSED),
    ({"time_step": "Time"}, Right.REFUSED),
    ({"time_step": "1e-320"}, Right.REFUSED),
    ({"final_time": "-4"}, Right.REFUSED),
    ({"final_time": "0"}, Right.REFUSED),
    ({"final_time": "1e400"}, Right.REFUSED),
    ({"final_time": "1e308"}, Right.REFUSED),
    ({"final_time": "1e18"}, Right.REFUSED),
    ({"initial_time": "-1e308", "final_time": "1e308", "time_step": "1e307"}, Right.REFUSED),
    ({"initial_time": "1e17", "final_time": "1e17"}, Right.REFUSED),
    ({"initial_time": "9"}, Right.REFUSED),
    ({"initial_time": "FINAL TIME"}, Right.REFUSED),
    ({"initial_time": "a"}, Right.REFUSED),
    ({"saveper": "-1"}, Right.REFUSED),
    ({"saveper": "0"}, Right.REFUSED),
    ({"saveper": "nan"}, Right.REFUSED),
    ({"saveper": "1e400"}, Right.REFUSED),
    # each step is kept then, and the result says so
    ({"saveper": "0.75"}, Right.EITHER),
    ({"saveper": "1e-9"}, Right.EITHER),
    ({"saveper": "100"}, Right.EITHER),
    ({"saveper": "TIME STEP"}, Right.RUNS),
    ({"final_time": "4", "time_step": "0.25"}, Right.RUNS),
)


def controls(rng: Random, k: int) -> Case:
    """Times of a run that are none, or more steps than anyone waits for."""
    told, right = CONTROLS[k % len(CONTROLS)]
    if k >= len(CONTROLS):
        told, right = rng.choice(
            [
                ({"time_step": f"1e-{rng.randrange(10, 330)}"}, Right.REFUSED),
                ({"time_step": f"-{rng.random()!r}"}, Right.REFUSED),
                ({"saveper": f"-{rng.randrange(1, 9)}"}, Right.REFUSED),
                ({"final_time": f"-{rng.randrange(1, 10**9)}"}, Right.REFUSED),
                ({"final_time": f"1e{rng.randrange(12, 999)}"}, Right.REFUSED),
            ]
        )
    known = (
        {"b": level(7)}
        if right is Right.RUNS and "final_time" not in told and told != {"saveper": "TIME STEP"}
        else {}
    )
    return case("times", str(told), text(f"{STOCK}\nb = 7 ~ Dmnl ~ |", **told), right, known)


NAMED = (
    "undefined",
    "utf-16",
    "utf-32",
    "rot13",
    "idna",
    "punycode",
    "hex",
    "zlib",
    "raw_unicode_escape",
    "unicode_escape",
    "utf-7",
    "mbcs",
    "oem",
    "base64",
    "bz2",
    "uu",
    "quopri",
    "\x00",
    "../utf-8",
    "",
    "utf 8",
    "UTF-8\n",
    "cp037",
    "latin-1",
    "ascii",
    "x" * 10_000,
    "string_escape",
    "charmap",
    "utf_8_sig",
)
PLAIN = text("b = 7 ~ Dmnl ~ | ")
ABROAD = text("größe = 7 ~ Dmnl ~ |\nb = größe ~ Dmnl ~ |")
BYTES = (
    (codecs.BOM_UTF8 + PLAIN.encode(), {"b": level(7)}),
    (PLAIN.encode("utf-16"), {"b": level(7)}),
    (PLAIN.encode("utf-32"), {"b": level(7)}),
    (PLAIN.encode("utf-16-be"), {"b": level(7)}),
    (codecs.BOM_UTF16_LE + PLAIN.encode(), {}),
    (ABROAD.encode("latin-1"), {"b": level(7)}),
    (ABROAD.replace("{UTF-8}", "").encode("latin-1"), {"b": level(7)}),
    (ABROAD.encode("cp1252").replace(b"{UTF-8}", b"{cp1252}"), {"b": level(7)}),
    (PLAIN.encode() + b"\xff\xfe", {}),
    (b"\xed\xa0\x80" + PLAIN.encode(), {}),
    (b"\xc0\xaf" + PLAIN.encode(), {}),
    (b"", {}),
    (b"\x00" * 1000, {}),
    (b"{UTF-8}", {}),
    (bytes(range(256)) * 10, {}),
    (PLAIN.replace("\n", "\r").encode(), {"b": level(7)}),
    (PLAIN.replace("\n", "\r\n").encode(), {"b": level(7)}),
    (PLAIN.replace("\n", "\u2028").encode(), {}),
    (b"\x7fELF" + bytes(500), {}),
    (b"PK\x03\x04" + bytes(500), {}),
)


def encodings(rng: Random, k: int) -> Case:
    """A text that names its encoding, or has another."""
    if k < len(NAMED):
        head = f"{{{NAMED[k]}}}"
        return case(
            "encodings", f"named {head[:20]!a}", PLAIN.replace("{UTF-8}", head), values={"b": level(7)}
        )
    if k < len(NAMED) + len(BYTES):
        raw, known = BYTES[k - len(NAMED)]
        return case("encodings", f"bytes {raw[:12]!r}", raw, values=known)
    raw = bytearray(ABROAD.encode(rng.choice(["utf-8", "utf-16", "latin-1", "cp1252"])))
    for _ in range(rng.randrange(1, 4)):
        raw.insert(rng.randrange(len(raw)), rng.randrange(128, 256))
    return case("encodings", f"odd bytes {k}", bytes(raw))


TABLES: tuple[tuple[str, Right, tuple[float, ...] | None], ...] = (
    ("(0,0),(4,8)", Right.RUNS, line(0, 2)),
    ("(0,5)", Right.EITHER, level(5)),
    ("(2,1),(0,3)", Right.EITHER, None),
    ("(0,0),(2,1),(2,5),(4,5)", Right.EITHER, None),
    ("(0,0),(0,1)", Right.EITHER, None),
    ("(0,1e999),(4,1)", Right.REFUSED, None),
    ("(0,nan),(4,1)", Right.REFUSED, None),
    ("(-1e999,0),(4,1)", Right.REFUSED, None),
    ("", Right.REFUSED, None),
    ("(0,0),(4)", Right.REFUSED, None),
    ("(0,0,0),(4,1,1)", Right.REFUSED, None),
    ("[(0,0)-(4,8)],(0,0),(4,8)", Right.RUNS, line(0, 2)),
    ("[(0,0)-(1e999,8)],(0,0),(4,8)", Right.EITHER, line(0, 2)),
    ("[(9,9)-(0,0)],(0,0),(4,8)", Right.EITHER, line(0, 2)),
    ("(-1e308,0),(1e308,1)", Right.EITHER, None),
    ("(0,-1e308),(4,1e308)", Right.EITHER, None),
    ("(1e-320,0),(4,8)", Right.EITHER, None),
    ("(0,0),(1e-320,8),(4,8)", Right.EITHER, None),
    ("(0,0);(4,8)", Right.EITHER, None),
    ("(0,0),(4,8),", Right.EITHER, line(0, 2)),
)


def tables(rng: Random, k: int) -> Case:
    """Tables with doubled, unsorted, missing and endless points."""
    points, right, known = TABLES[k % len(TABLES)]
    if k >= len(TABLES):
        xs = sorted(rng.sample(range(-5, 9), 4))
        ys = [rng.randrange(-9, 9) for _ in xs]
        points, right = ",".join(f"({x},{y})" for x, y in zip(xs, ys, strict=True)), Right.RUNS
        known = tuple(_between(xs, ys, t) for t in TIMES)
    values = {} if known is None else {"a": known}
    inline = k % 2 and not points.startswith("[")
    body = (
        f"a = WITH LOOKUP(Time, ({points})) ~ Dmnl ~ |"
        if inline
        else f"tab({points}) ~ Dmnl ~ |\na = tab(Time) ~ Dmnl ~ |"
    )
    return case("tables", points[:60], text(body), right, values, check=None)


def _between(xs: list[int], ys: list[int], t: float) -> float:
    if t <= xs[0]:
        return float(ys[0])
    for (x, y), (u, v) in zip(zip(xs, ys, strict=True), zip(xs[1:], ys[1:], strict=True), strict=False):
        if t <= u:
            return y + (v - y) * (t - x) / (u - x)
    return float(ys[-1])


NAMES = ("a b", "lambda", '"t"', '"v0"', '"ﬁsh"', '"fish"', '"x²"', '"{a}"', "ns", "größe", '"a~b"', "start")


def arithmetic(rng: Random, k: int) -> Case:
    """Sound texts with names from abroad: their values are those of an evaluator of a few lines."""
    names = rng.sample(NAMES, 5)
    terms: dict[str, Term] = {}
    for name in names:
        terms[name] = random_term(rng, tuple(terms), 4)
    lines = [f"{name} = {term.written} ~ Dmnl ~ |" for name, term in terms.items()]
    rng.shuffle(lines)
    flow = names[-1]
    body = "\n".join(lines) + f"\ncount = INTEG({flow}, 1) ~ Dmnl ~ |\nlast = 0 + {flow} ~ Dmnl ~ |"
    at = {t / 2: _valued(terms, t / 2) for t in range(9)}
    known = {"last": tuple(at[t][flow] for t in TIMES)}
    total, counted = 1.0, {0.0: 1.0}
    for t in sorted(at):
        total += 0.5 * at[t][flow]
        counted[t + 0.5] = total
    known["count"] = tuple(counted[t] for t in TIMES)
    return case("arithmetic", f"text {k}", text(body), Right.RUNS, known)


def _valued(terms: dict[str, Term], time: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, term in terms.items():
        found[name] = term.value(found, time)
    return found


KINDS = {controls: 40, encodings: 60, tables: 30, arithmetic: 40}
