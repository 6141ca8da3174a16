"""Text that someone hostile, or merely someone abroad, may write: code, characters, names, numbers."""

from __future__ import annotations

import builtins
import keyword
from random import Random

RUN = "open('code_was_run','w').close()"
CALL = "__import__('os').system('touch code_was_run')"
CODE = (
    f"year\n    {RUN}\n    #",
    f"a\r    {RUN}\r    #",
    f"a\x0c\n{RUN}",
    f"a\u2028    {RUN}\u2028",
    f"a\u2029{RUN}",
    f"a\x85    {RUN}\x85#",
    f'"""\n{RUN}\n"""',
    f"'''\n{RUN}\n'''",
    f"'+{CALL}+'",
    f'"+{CALL}+"',
    f"'])\n{RUN}\n#",
    f"\\\n{RUN}",
    f"\\\\' + {CALL} #",
    f"{{{CALL}}}",
    f"{{{{{CALL}}}}}",
    f"%({CALL})s",
    f"${{{CALL}}}",
    f"`{RUN}`",
    f"$(touch code_was_run)",
    f"; touch code_was_run;",
    f"a\x00\n{RUN}",
    "*/ fetch('//x') /*",
    "</script><script>code_was_run()</script>",
    "'-code_was_run()-'",
    "//\ncode_was_run()",
    CALL,
    f"lambda: {RUN}",
    "\x1b[2J\x1b]0;title\x07",
    "\u202eedoc\u202c",
    "=cmd|' /C calc'!A0",
    "x" * 5000,
)
# two names each that a program may take for one
ALIKE = (
    ("ﬁsh", "fish"),
    ("ｔ", "t"),
    ("ｐ", "p"),
    ("K", "K"),
    ("K", "k"),
    ("Å", "Å"),
    ("ß", "SS"),
    ("straße", "strasse"),
    ("ı", "i"),
    ("İ", "i"),
    ("é", "é"),
    ("x½", "x1⁄2"),
    ("x²", "x2"),
    ("ſ", "s"),
    ("µ", "μ"),
    ("Ω", "Ω"),
    ("ª", "a"),
    ("ﬀ", "ff"),
    ("ǆ", "dž"),
    ("𝐱", "x"),
    ("𝓮", "e"),
    ("ⅷ", "viii"),
    ("а", "a"),
    ("o\u0308", "ö"),
    ("a\u200bb", "ab"),
    ("a\u00adb", "ab"),
    ("a\u00a0b", "a b"),
    ("a'b", "a_b"),
    ("a.b", "a_b_"),
    ("a-b", "a+b"),
    ("1st", "_1st"),
    ("½", "_½"),
    ("²", "³"),
    ("①", "1x"),
    ("٣x", "3x"),
    ("x\ufe0f", "x"),
)
INTERNAL = (
    "t y p c f d ns tables table start out v0 v1 v2 v10 f0 d0 y0 a0 n0 x0 _ __ _0 where exp interp truth power "
    "fixed timed initial derivatives diffusion auxiliaries np numpy jax jnp math self model source result "
    "LATECOMER_MODEL SMALL LEAD HAIR"
).split()
SCRIPT = (
    "this await const let var function new delete typeof null undefined NaN Infinity arguments constructor "
    "prototype __proto__ toString valueOf window document globalThis static enum export super switch void"
).split()
DUNDER = (
    "__import__ __class__ __builtins__ __name__ __dict__ __globals__ __subclasses__ __debug__ __init__ __file__"
).split()
# names of the model language itself, which it may keep
KEPT = frozenset(
    "abs exp sqrt sin cos tan min max time integer if and or not sum pulse step ramp log ln power delay "
    "smooth true false none".split()
)
KEYWORDS = tuple(w for w in keyword.kwlist + keyword.softkwlist if w.lower() not in KEPT and w != "_")
BUILTINS = tuple(
    w for w in dir(builtins) if w.islower() and not w.startswith("_") and w not in KEPT and w.isidentifier()
)
QUOTED = (
    "{a}",
    "a|b",
    "a~b",
    "a:b",
    "a,b",
    "a;b",
    "(a)",
    "[a]",
    "a=b",
    "a + b",
    "a*b",
    "a/b",
    "a^b",
    "a!b",
    "a<b",
    "a#b",
    "a\\b",
    "a'b",
    "a%sb",
    "{0}",
    "a{b",
    "a}b",
    ":AND:",
    "~|",
    "***",
    "\\",
    "'",
    "a\tb",
    " ",
    "a\\\"b",
    "INTEG(1,0)",
    "Time",
    "1",
    "1e5",
    "-1",
    "👩‍👩‍👧",
    "ａｂｓ",
    "العربية",
    "日本",
    "x" * 3000,
)
# a number as written, and its value where it is one
NUMBERS: tuple[tuple[str, float | None], ...] = (
    ("1_0", None),
    ("²", None),
    ("½", None),
    ("٣", None),
    ("１０", None),
    ("0x10", None),
    ("0b1", None),
    ("0o7", None),
    ("1e", None),
    ("1e+", None),
    ("1.2.3", None),
    ("1..2", None),
    (".", None),
    ("1e999", None),
    ("-1e999", None),
    ("1" * 400, None),
    ("9" * 5000, None),
    ("1j", None),
    ("1d5", None),
    ("inf", None),
    ("nan", None),
    ("infinity", None),
    ("1,5", None),
    ("1 000", None),
    ("1e5e5", None),
    ("True", None),
    ("1e-400", 0.0),
    ("1e308", 1e308),
    ("5.", 5.0),
    (".5", 0.5),
    ("1E3", 1000.0),
    ("1e+3", 1000.0),
    ("007", 7.0),
    ("0." + "0" * 300 + "1", 1e-301),
    ("3." + "1" * 1000, float("3." + "1" * 1000)),
)


def code(rng: Random, k: int) -> str:
    """Code, alone or among harmless text."""
    chosen = CODE[k % len(CODE)]
    return chosen if k < len(CODE) else rng.choice(["", "year ", "2", "a'"]) + chosen + rng.choice(["", " #", "'"])


def number(rng: Random, k: int) -> tuple[str, float | None]:
    """A number as written, with its value where it is one that computers know."""
    if k < len(NUMBERS):
        return NUMBERS[k]
    written, value = rng.choice(NUMBERS)
    places = rng.randrange(1, 6)
    return rng.choice(
        [
            (written, value),
            (f"{rng.randrange(99)}_{rng.randrange(99)}", None),
            (f"{rng.randrange(9)}{chr(rng.randrange(0x0660, 0x066A))}", None),
            (f"{rng.randrange(1, 9)}e{rng.randrange(309, 9999)}", None),
            (f"{rng.randrange(9)}.{'0' * places}{chr(rng.randrange(0xFF10, 0xFF1A))}", None),
            ("1" * rng.randrange(310, 5000), None),
        ]
    )
