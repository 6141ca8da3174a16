"""Files of a study that are attacks: TOML, CSV and JSON too deep, too large, or not what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from tests.attack import sandbox
from tests.attack.acts import command, relock
from tests.attack.outcomes import Case, Right, Thing
from tests.study import small

RUN = ("run", "VNM", "--out", "o", "--again")
FIGURES = "study/calibration/observations/VNM.csv"
FIT = "study/calibration/fits/reference/parameters.json"
MADE = "study/calibration/fits/reference/manifest.json"
THINGS = (Thing.FOLDER, Thing.PIPE, Thing.LOOP, Thing.GONE, Thing.DEVICE)
COUNTRY = small.ESTIMATED.format(iso3="VNM", start=1990, capability=1.0, quality=0.6)
SCENARIO = sandbox.SCENARIO.decode()
VARIANT = """
[variants."rival"]
note = "x"
source = "judgement"
fit = "reference"
switches = {"institutions switch" = 1.0}
"""
ACCOUNTS = """
tolerance = 1e-9
stocks = ["capability"]

[identities.capability]
note = "x"
left = ["CHANGE(capability)"]
right = ["2 * learning / 2"]
"""

# the file, its sound text, the commands that read it, and whether each of them must
TEXTS: dict[str, tuple[str, tuple[tuple[str, ...], ...], bool]] = {
    "study/model/parameters.toml": (small.PRIORS, (RUN, ("check", "--json")), True),
    "study/model/levers.toml": (small.LEVERS, (RUN, ("check",)), True),
    "study/model/countries/VNM.toml": (COUNTRY, (RUN, ("text", "VNM")), True),
    "study/model/text.toml": ('country = "VNM"\n', (RUN, ("check",)), True),
    "study/model/drivers.toml": ("", (RUN,), True),
    "study/model/mechanisms.toml": (
        small.MECHANISMS,
        (("reasons", "--until", "2000"), RUN, ("explore", "--no-open", "--out", "e")),
        False,
    ),
    "study/model/outcomes.toml": (
        small.OUTCOMES,
        (("ensemble", "VNM", "--draws", "2", "--out", "o"), ("explore", "--no-open", "--out", "e")),
        True,
    ),
    "study/model/accounts.toml": (ACCOUNTS, (RUN, ("check",)), True),
    "study/model/populations.toml": (
        '["learning rate"]\ncentre = 0.5\nspread = 0.3\nnote = "n"\nsource = "s"\n',
        (("identify",), ("check",)),
        False,
    ),
    "study/calibration/targets.toml": (small.NORMAL, (("identify",), ("check",), ("coverage",)), True),
    "study/calibration/observations/units.toml": ('"Dmnl" = "a pure number"\n', (("identify",), RUN), False),
    "study/runs/scenarios/more.toml": (
        SCENARIO,
        (("run", "VNM", "--scenario", "more", "--out", "o"), ("scenarios", "more")),
        True,
    ),
    "study/runs/scenarios/overrides.toml": (
        '[more]\nnote = "x"\nparameters = {"learning rate" = 0.1}\n',
        (("scenarios",),),
        False,
    ),
    "study/runs/scenarios/assumptions.toml": (
        '[world."support"]\nrule = "hold"\nunit = "Dmnl"\nsource = "s"\n',
        (RUN,),
        False,
    ),
}
VALUES = (
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1",
    "0",
    "1e308",
    "-1e308",
    "1" * 5000,
    "1" * 400,
    "9" * 20,
    "true",
    '""',
    '"x"',
    "[]",
    "[[]]",
    "{}",
    "{a = {a = 1}}",
    "1979-05-27",
    "[nan]",
    '"\\u0000"',
    '"\\u001b[2J"',
    '"../../../victim"',
    '"' + "x" * 100_000 + '"',
    "0x7fffffffffffffffffff",
    "[" * 5000 + "]" * 5000,
    "1990.5",
    '"none"',
    "1e-320",
    '"./../../victim"',
    '"/"',
    "[1, 2]",
    "{level = 1e999, year = 1}",
    "{year = -99999999999, level = 1}",
)
BROKEN = (
    b"",
    b"\x00" * 100,
    b"\xff\xfe\x00a",
    b"x = " + b"[" * 100_000,
    b"x = " + b"[" * 100_000 + b"]" * 100_000,
    b"x = " + b"{a=" * 5_000 + b"1" + b"}" * 5_000,
    b".".join([b"a"] * 5_000) + b" = 1",
    b"[" + b".".join([b"a"] * 5_000) + b"]\n",
    b"x = " + b"1" * 5_000,
    b"x = 1\nx = 2\n",
    b"[a]\n[a]\n",
    b'"__class__" = 1\n',
    b"x = '''" + b"'" * 100_000,
    "größe = 1".encode("latin-1"),
    b"x" * 5_000_000,
    b"#" + b"x" * 6_000_000,
    b"<html>404</html>",
    b"\n" * 100_000,
    b'x = "\\ud800"',
    b"[[x]]\n" * 20_000,
)
# read as nothing: no fault of its own, the rest of the study says what it needs
HARMLESS = frozenset({0, 15, 17})


def broken(rng: Random, k: int) -> Case:
    """No TOML at all, or no ordinary file: a fault that names it."""
    files = tuple(TEXTS)
    path = files[k % len(files)]
    _, words, read = TEXTS[path]
    which = (k * 7 + k // len(files)) % (len(BROKEN) + len(THINGS))
    content = BROKEN[which] if which < len(BROKEN) else THINGS[which - len(BROKEN)]
    optional = content is Thing.GONE or which in HARMLESS
    right = Right.REFUSED if read and not optional else Right.EITHER
    name = f"{path}: {content[:20]!r}" if isinstance(content, bytes) else f"{path}: {content.value}"
    return Case("study: broken files", name, command, words[0], {path: content}, right)


def sound(rng: Random, k: int) -> Case:
    """The files that the others are made from: each is read, and its command ends well."""
    path = tuple(TEXTS)[k % len(TEXTS)]
    text, words, read = TEXTS[path]
    right = Right.RUNS if read else Right.EITHER
    return Case("study: sound files", path, command, words[0], {path: text.encode()}, right)


def _lines(text: str) -> list[int]:
    return [i for i, line in enumerate(text.splitlines()) if " = " in line]


def values(rng: Random, k: int) -> Case:
    """A value of a sound file replaced by one of another kind or size."""
    files = [path for path in TEXTS if TEXTS[path][0]]
    path = files[k % len(files)]
    text, words, read = TEXTS[path]
    lines = text.splitlines()
    at = rng.choice(_lines(text))
    key = lines[at].partition(" = ")[0]
    value = VALUES[k // 2 % len(VALUES)] if k < 2 * len(VALUES) else rng.choice(VALUES)
    lines[at] = f"{key} = {value}"
    extra = VARIANT if "parameters" in path and k % 5 == 0 else ""
    name = f"{path}: {key.strip()} = {value[:40]!a}"
    hopeless = read and any(value.startswith(one) for one in ("1" * 300, "[" * 100))
    right = Right.REFUSED if hopeless else Right.EITHER
    made = ("\n".join(lines) + "\n" + extra).encode("utf-8", "surrogatepass")
    return Case(
        "study: values",
        name,
        command,
        rng.choice(words) if right is Right.EITHER else words[0],
        {path: made},
        right,
    )


def variants(rng: Random, k: int) -> Case:
    """A variant whose fit is a path: no folder is touched."""
    paths = (
        "./../../victim",
        "/",
        "",
        "..",
        "../../../victim",
        "@SANDBOX@/victim",
        "a/b",
        "reference/",
        ".VNM",
        "none",
        "\\u0000",
        "x" * 300,
        "con",
        "reference\\n",
        "~",
        "*",
        "-rf",
        ".",
    )
    fit = paths[k % len(paths)]
    text = small.PRIORS + VARIANT.replace('"reference"', f'"{fit}"')
    words = ("run", "VNM", "--variant", "rival", "--out", "o")
    if k % 2:
        words = ("calibrate", "VNM", "--variant", "rival", "--within", "nosuch")
    right = Right.EITHER if fit in ("none", "con", ".VNM") else Right.REFUSED
    return Case(
        "study: variants",
        f"{fit[:30]} with {words[0]}",
        command,
        words,
        {"study/model/parameters.toml": text.encode()},
        right,
    )


HEAD = "iso3,year,variable,value,unit,source,series,vintage,transformation"
ROW = "VNM,1990,output,1.0,Dmnl,made up,a,b,none"
CELLS = (
    "",
    "nan",
    "inf",
    "1_0",
    "٣",
    "²",
    "0x10",
    "1e999",
    "x" * 140_000,
    "\x00",
    "=1+1",
    "1,0",
    "-",
    "1e-400",
    "1990.5",
    "99999999999999999999",
    "-1",
    "0",
    "TRUE",
    " 1 ",
    "１９９０",
    "\x1b[2J",
    "../../x",
    "1 0",
    "1e3",
)
TABLES = (
    b"",
    HEAD.encode() + b"\n",
    f"{HEAD}\n{ROW}\n{ROW}\n".encode(),
    f"{HEAD}\n{ROW},extra\n".encode(),
    f"{HEAD}\nVNM,1990\n".encode(),
    f"{HEAD},year\n{ROW},1991\n".encode(),
    f'{HEAD}\n"{ROW}\n'.encode(),
    ("\ufeff" + f"{HEAD}\n{ROW}\n").encode(),
    f"{HEAD}\n{ROW}\n".encode("utf-16"),
    f"{HEAD}\r{ROW}\r".encode(),
    f"{HEAD.upper()}\n{ROW}\n".encode(),
    (f"{HEAD}\n" + f"{ROW}\n" * 100_000).encode(),
    ("," * 200_000 + "\n").encode(),
    ('"' * 200_001).encode(),
    b"\xff" * 1000,
    *THINGS,
)
COLUMNS = {"iso3": 0, "year": 1, "value": 3, "unit": 4}


def observations(rng: Random, k: int) -> Case:
    """Tables of figures that are none, with the lock renewed."""
    renewed = relock if k % 4 else None
    if k < len(TABLES):
        content: bytes | Thing = TABLES[k]
        name = f"{content[:30]!r}" if isinstance(content, bytes) else content.value
        renewed = relock if isinstance(content, bytes) else None
        right = Right.REFUSED if k > 2 else Right.EITHER
        return Case(
            "study: figures", name, command, ("identify",), {FIGURES: content}, right, prepare=renewed
        )
    figures = small.figures("VNM")
    rows = [f"VNM,{year},output,{value!r},Dmnl,made up,a,b,none" for year, value in figures]
    at, cell = rng.randrange(len(rows)), CELLS[(k - len(TABLES)) % len(CELLS)]
    column = ("value", "year", "iso3", "unit")[(k - len(TABLES)) // len(CELLS) % 4]
    cells = rows[at].split(",")
    cells[COLUMNS[column]] = cell
    rows[at] = ",".join(cells)
    bad = {"", "nan", "inf", "1_0", "٣", "²", "0x10", "1e999", "1 0", "\x00", "１９９０"}
    right = (
        Right.REFUSED
        if cell in bad and column in ("value", "year") and not (column == "value" and cell == "")
        else Right.EITHER
    )
    return Case(
        "study: figures",
        f"{column} = {cell[:20]!a}",
        command,
        ("identify",),
        {FIGURES: "\n".join([HEAD, *rows, ""]).encode()},
        right,
        prepare=renewed,
    )


@cache
def sound_fit() -> dict[str, Any]:
    """The parameters of the fit of the sandbox."""
    own = {"institutional quality": 0.5, "initial capability": 1.5}
    return {
        "countries": ["KHM", "VNM"],
        "until": None,
        "shared": {"learning rate": 0.06},
        "by_country": {"KHM": own, "VNM": own},
    }


JSON_VALUES = (
    "null",
    "true",
    '"x"',
    "[]",
    "{}",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "1" * 5000,
    "1" * 400,
    "-1",
    "1.5",
    '"\\u001b[2J"',
    '"\\ud800"',
    "[" * 50_000 + "]" * 50_000,
    '{"a": 1, "a": 2}',
    '["KOR"]',
    "1e308",
    '"../../../victim"',
    "[[1]]",
    "0",
    '""',
)
JSON_TEXTS = (
    "",
    "null",
    "[]",
    "1",
    '"x"',
    "{",
    "[" * 100_000,
    '{"a":' * 50_000,
    "\x00",
    "\ufeff{}",
    "{}",
    '{"countries": ["VNM"]}',
    "NaN",
    "{'a': 1}",
    "// x\n{}",
)


def fits(rng: Random, k: int) -> Case:
    """A fit with a missing, doubled or unknown entry, of a wrong kind, or no fit at all."""
    words = (RUN, ("check",), ("identify",), ("explore", "VNM", "--no-open", "--out", "e"))[k % 4]
    sound = json.dumps(sound_fit())
    path = MADE if k % 5 == 4 else FIT
    if k < len(JSON_TEXTS):
        return Case(
            "study: fits",
            f"text {JSON_TEXTS[k][:20]!a}",
            command,
            RUN,
            {FIT: JSON_TEXTS[k].encode()},
            Right.REFUSED,
        )
    k -= len(JSON_TEXTS)
    if k < len(THINGS):
        return Case("study: fits", THINGS[k].value, command, RUN, {path: THINGS[k]}, Right.REFUSED)
    if path == MADE:
        value = rng.choice(JSON_VALUES)
        key = rng.choice(
            ["hashes", "scores", "seed", "within", "variant", "populations", "posterior", "starts"]
        )
        made, right = f'{{"hashes": {{}}, "scores": [], "{key}": {value}}}', Right.EITHER
        return Case(
            "study: fits", f"manifest, {key} {value[:30]!a}", command, words, {MADE: made.encode()}, right
        )
    changes: tuple[tuple[str, str, str], ...] = (
        ("doubled entry", '"learning rate": 0.06', '"learning rate": 0.06, "learning rate": 0.07'),
        ("unknown entry", '"learning rate": 0.06', '"learning rate": 0.06, "no such parameter": 1'),
        (
            "unknown of a country",
            '"institutional quality": 0.5',
            '"institutional quality": 0.5, "no such": 1',
        ),
        ("missing country", '"VNM": {', '"XXX": {'),
        ("missing of a country", '"institutional quality": 0.5, ', ""),
        ("doubled country", '"VNM"]', '"VNM", "VNM"]'),
        ("until a word", '"until": null', '"until": "x"'),
        ("until a float", '"until": null', '"until": 1979.5'),
        ("countries a number", '["KHM", "VNM"]', "7"),
        ("countries of numbers", '["KHM", "VNM"]', "[7, 8]"),
        ("shared a list", '{"learning rate": 0.06}', "[]"),
        ("value a truth", '"learning rate": 0.06', '"learning rate": true'),
        ("value a word", '"learning rate": 0.06', '"learning rate": "0.06"'),
        ("value not finite", '"learning rate": 0.06', '"learning rate": NaN'),
        ("value huge", '"learning rate": 0.06', f'"learning rate": {"1" * 5000}'),
        ("value of 400 digits", '"learning rate": 0.06', f'"learning rate": {"1" * 400}'),
        ("unknown key", '"until": null', '"until": null, "notes": 1'),
        ("missing shared", '"learning rate": 0.06', ""),
    )
    name, old, new = changes[k % len(changes)]
    loose = ("unknown key", "missing shared", "missing of a country", "missing country", "until a float")
    right = Right.EITHER if name in loose[:1] else Right.REFUSED
    return Case(
        "study: fits", f"{name}, {words[0]}", command, words, {FIT: sound.replace(old, new).encode()}, right
    )


LOCKS: dict[str, tuple[str, ...]] = {
    "study/calibration/observations/observations.lock": ("check",),
    "study/calibration/numbers.lock": ("check",),
    "study/runs/accepted.json": ("check-scenarios",),
    "study/model/references.bib": ("document",),
    # a folder without a model text is no study, and the reference study stands in for it unless it is named
    "study/model/latecomer.mdl": (*RUN, "--study", "."),
}


def locks(rng: Random, k: int) -> Case:
    """Locks, accepted outcomes and the model text as anything else."""
    path = tuple(LOCKS)[k % len(LOCKS)]
    contents: tuple[bytes | Thing, ...] = (
        *THINGS,
        *(text.encode() for text in JSON_TEXTS),
        *BROKEN[:4],
        b'{"lock": 1, "fit": 7, "hashes": [], "stale": 3, "figures": {"a": []}}',
        b'{"lock": 1, "fit": "../../victim", "hashes": {}, "stale": {}, "figures": {}}',
        b"0" * 64 + b"  ../../../above.txt\n",
    )
    content = contents[k // len(LOCKS) % len(contents)]
    if k // len(LOCKS) >= len(contents) and isinstance(content, bytes):
        content += rng.randbytes(9)
    name = f"{path}: {content[:24]!r}" if isinstance(content, bytes) else f"{path}: {content.value}"
    return Case("study: locks", name, command, LOCKS[path], {path: content})


Kinds = dict[Callable[[Random, int], Case], int]
KINDS: Kinds = {
    sound: len(TEXTS),
    broken: 55,
    values: 70,
    variants: 18,
    observations: 60,
    fits: 48,
    locks: 50,
}
