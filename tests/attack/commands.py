"""Commands that are attacks: every option of every command told wrong, and names that are paths."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.attack.acts import command, process
from tests.attack.outcomes import Case, Ended, Right
from tests.new_countries.panels import made_up

# no word is a path outside of the sandbox: a command that writes where it is told to would
WORDS = (
    "",
    " ",
    ".",
    "..",
    "@SANDBOX@/",
    "./../../victim",
    "../../victim",
    "../victim",
    "@SANDBOX@/victim",
    "~",
    "-",
    "--",
    "*",
    "a/b",
    "VNM/../..",
    "none",
    "nan",
    "inf",
    "-inf",
    "-1",
    "0",
    "1e999",
    "1e-300",
    "1" * 5000,
    "1_0",
    "٣",
    "²",
    "0x10",
    "1.5",
    "99999999999999999999",
    "-99999999999999999999",
    "\x1b[2J",
    "\x07",
    "a\nb",
    "a\rb",
    "é",
    "ﬁ",
    "\u202eabc",
    "[bold]x",
    "[/]",
    "x" * 10_000,
    "VNM",
    "vnm",
    "VNM KHM",
    "'; touch code_was_run; '",
    "$(touch code_was_run)",
    "`touch code_was_run`",
    "%s%n",
    "{0}",
    "reference",
    "con",
    "notes.txt",
    "notes.txt/x",
    "\udcff",
    "true",
    "null",
    "=",
    "a=b=c",
    ":",
    "1990:",
    ":2010",
    "1990:2010:1",
)
# what no input of this suite is to do: serve for ever, sample or fit at length, go to a cluster that there is
OPTIONS = frozenset({"--serve", "--live", "--help", "--scheduler"})
LONG = frozenset(
    {"breakdown", "hindcast", "left-out", "reasons", "variants", "stress", "swap", "episodes", "reproduce"}
)
# short ways through long commands
SMALL = {"--draws": "2", "--starts": "1", "--until": "2000", "--samples": "0"}
FREE = ("1", "2000", "1.5", "VNM")


@cache
def shapes() -> dict[tuple[str, ...], tuple[tuple[str, ...], tuple[tuple[str, bool], ...]]]:
    """Each command with its arguments, and its options with whether each takes a value."""
    import typer

    from latecomer.cli import app

    found: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[tuple[str, bool], ...]]] = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if hasattr(node, "commands"):
            for name, inner in sorted(node.commands.items()):
                walk(inner, (*path, name))
            return
        arguments = tuple(one.name for one in node.params if one.param_type_name == "argument")
        options = tuple(
            (one.opts[0], not getattr(one, "is_flag", False))
            for one in node.params
            if one.param_type_name == "option" and one.opts[0] not in OPTIONS
        )
        found[path] = arguments, options

    walk(typer.main.get_command(app), ())
    return found


USUAL = {
    ("text",): ("VNM",),
    ("init",): ("new",),
    ("calibrate",): ("VNM", "--starts", "1"),
    ("ensemble",): ("VNM", "--draws", "2"),
    ("explore",): ("VNM", "--no-open"),
    ("export",): ("model/latecomer.mdl",),
    ("diagram",): ("model/latecomer.mdl",),
    ("figure",): ("credit-access",),
    ("report",): ("runs/out/VNM",),
    ("run",): ("VNM",),
    ("scenarios",): ("more",),
    ("diff",): (".", "."),
    ("stress",): ("VNM", "--draws", "2"),
    ("swap",): ("VNM", "KHM"),
    ("country", "add"): ("FJI", "--panel", "panel.csv"),
    ("data", "diff"): ("calibration/observations", "calibration/observations"),
    ("runs", "show"): ("runs/out/VNM",),
    ("runs", "compare"): ("runs/out/VNM", "runs/out/KHM"),
    ("runs", "table"): ("runs/out/VNM", "--out", "t.csv"),
    ("breakdown",): ("--draws", "2"),
    ("coverage",): ("--draws", "2"),
}
# what a command is there to write anew when it is accepted
WRITES: dict[str, tuple[str, ...]] = {
    "run": ("study/runs/out/VNM/*", "study/runs/out/KHM/*"),
    "ensemble": ("study/runs/out/VNM/*",),
    "lock": ("study/calibration/numbers.lock",),
    "accept": ("study/runs/accepted.json",),
    "calibrate": ("study/calibration/fits/reference/*", "study/calibration/fits/.VNM/*"),
    "country": ("study/calibration/observations/observations.lock",),
    "document": ("study/model/latecomer.mdl", "study/model/README.md", "study/model/diagrams/*"),
    "runs": ("study/runs/out/*",),
}


def panel() -> bytes:
    """A panel of one made-up country."""
    rows = [f"{iso3},{year},{name},{value!r}" for iso3, year, name, value in made_up()]
    return "\n".join(["iso3,year,variable,value", *rows, ""]).encode()


def options(rng: Random, k: int) -> Case:
    """One option or argument of a command told wrong, the others as usual."""
    paths = tuple(path for path in shapes() if path[0] not in LONG)
    path = paths[k % len(paths)] if k % 8 else (rng.choice(sorted(LONG)),)
    arguments, listed = shapes()[path]
    usual = list(USUAL.get(path, ()))
    takes = [name for name, value in listed if value]
    word = rng.choice(WORDS)
    where = rng.choice([*takes, *arguments]) if takes or arguments else ""
    if where in arguments:
        count = min(len(usual), len(arguments))
        at = arguments.index(where)
        usual = [*usual[:at], word, *usual[at + 1 :]] if at < count else [word, *usual]
    elif where:
        usual += [where, word]
    elif path == ("calibrate",):
        usual += ["--within", "nosuch"]
    if path == ("calibrate",) and "--within" not in usual:
        # a fit of its own kind takes minutes: it ends before it begins, with a variant that is none
        usual += ["--variant", "no such variant"]
    if "\0" in word:
        usual = [one.replace("\0", "") for one in usual]
    files = {"study/panel.csv": panel()} if path[0] == "country" else {}
    name = f"{' '.join(path)} {where} {word[:30]!a}"
    return Case(
        "commands: options", name, command, (*path, *usual), files, may_change=WRITES.get(path[0], ())
    )


NAMES = (
    "",
    "/",
    ".",
    "..",
    "./observations",
    "./../../victim",
    "../../../victim",
    "@SANDBOX@/victim",
    "a/b",
    "a\\b/..",
    " ",
    "\n",
    "~",
    "-",
    "VNM/",
    "/VNM",
    "VNM/../KHM",
    "VNM\x1b[2J",
    "\u2025",
    "．．/victim",
    "x" * 300,
    "none/..",
)


def names(rng: Random, k: int) -> Case:
    """Names of fits, countries, scenarios and variants that are paths: refused, and nothing is touched."""
    name = NAMES[k % len(NAMES)]
    if k >= 6 * len(NAMES):
        name = (
            rng.choice(["./", "../", "", "/", "//"])
            + rng.choice(["victim", "..", "", "fits", "VNM"])
            + rng.choice(["", "/", "/.", "/.."])
        )
    words = (
        ("calibrate", name),
        ("calibrate", "VNM", "--name", name),
        ("calibrate", "VNM", name),
        ("run", "VNM", "--scenario", name),
        ("run", "VNM", "--fit", name),
        ("run", "VNM", "--variant", name),
    )[k // len(NAMES) % 6]
    return Case(
        "commands: names",
        f"{' '.join(words[:-1])} {name[:30]!a}",
        command,
        words,
        right=Right.REFUSED,
        may_change=(),
    )


PLACES: tuple[tuple[tuple[str, ...], Right], ...] = (
    (("run", "VNM", "--out", "calibration/fits/reference"), Right.REFUSED),
    (("run", "VNM", "--out", "calibration/observations"), Right.REFUSED),
    (("run", "VNM", "--out", "@SANDBOX@/site"), Right.REFUSED),
    (("run", "VNM", "--out", "model"), Right.EITHER),
    (("run", "VNM", "--out", "runs/out/mine"), Right.EITHER),
    (("run", "VNM", "--out", "notes.txt"), Right.REFUSED),
    (("run", "VNM", "--out", "notes.txt/x"), Right.REFUSED),
    (("run", "VNM", "--out", ""), Right.EITHER),
    (("run", "more", "--out", "@SANDBOX@/site"), Right.EITHER),
    (("ensemble", "VNM", "--draws", "2", "--out", "calibration/fits/reference"), Right.REFUSED),
    (("ensemble", "VNM", "--draws", "2", "--out", "@SANDBOX@/site"), Right.REFUSED),
    (("text", "VNM", "--out", "model"), Right.REFUSED),
    (("text", "VNM", "--out", "notes.txt/x"), Right.REFUSED),
    (("init", "@SANDBOX@/victim"), Right.REFUSED),
    (("init", "."), Right.REFUSED),
    (("init", "notes.txt"), Right.REFUSED),
    (("init", "model/inside"), Right.EITHER),
    (("report", "runs/out/VNM", "--out", "notes.txt"), Right.REFUSED),
    (("report", "runs/out/VNM", "--out", "reports/out"), Right.EITHER),
    (("runs", "table", "runs/out/VNM", "--out", "reports/out"), Right.REFUSED),
    (("runs", "table", "runs/out/VNM", "--out", "notes.txt/x"), Right.REFUSED),
    (("explore", "VNM", "--no-open", "--out", "notes.txt/x"), Right.REFUSED),
    (("export", "model/latecomer.mdl", "--out", "notes.txt/x"), Right.REFUSED),
    (("diagram", "model/latecomer.mdl", "--out", "notes.txt/x"), Right.REFUSED),
    (("runs", "gc", "@SANDBOX@", "--yes"), Right.EITHER),
    (("runs", "gc", ".", "--yes"), Right.EITHER),
    (("runs", "gc", "/nosuch", "--yes"), Right.REFUSED),
    (("runs", "list", "notes.txt"), Right.REFUSED),
    (("runs", "show", "@SANDBOX@/site"), Right.REFUSED),
    (("calibrate", "VNM", "--within", "nosuch"), Right.REFUSED),
    (("calibrate", "VNM", "--variant", "nosuch"), Right.REFUSED),
    (("calibrate", "VNM", "--until", "1900"), Right.REFUSED),
    (("calibrate", "VNM", "--resume", "--within", "nosuch"), Right.REFUSED),
)


def places(rng: Random, k: int) -> Case:
    """Places to write to that hold something of someone else, or cannot be written to."""
    words, right = PLACES[k % len(PLACES)]
    return Case("commands: places", " ".join(words), command, words, right=right)


YEARS: tuple[tuple[str, Right], ...] = (
    ("1800:1810", Right.REFUSED),
    ("1900:2000", Right.REFUSED),
    ("1989:2000", Right.REFUSED),
    ("2000:1990", Right.REFUSED),
    ("1990:1990", Right.REFUSED),
    ("-1e308:1e308", Right.REFUSED),
    ("nan:2000", Right.REFUSED),
    ("1990:inf", Right.REFUSED),
    ("1990:1e999", Right.REFUSED),
    ("1990:1e18", Right.REFUSED),
    ("", Right.REFUSED),
    (":", Right.REFUSED),
    ("1990", Right.REFUSED),
    ("1990:2000:2010", Right.REFUSED),
    ("1_990:2_000", Right.REFUSED),
    ("١٩٩٠:٢٠٠٠", Right.REFUSED),
    ("1990:200", Right.REFUSED),
    ("1990.5:1999.25", Right.EITHER),
    ("1990.3:2000", Right.EITHER),
    ("1990:1999.25", Right.EITHER),
    ("1990:2200", Right.EITHER),
    ("1990:2010", Right.RUNS),
    ("1995:2005", Right.EITHER),
    ("1990: 2000", Right.EITHER),
    ("0x7c6:2000", Right.REFUSED),
    ("1990:2000.0000001", Right.EITHER),
)


def _years_told(place: Path, ended: Ended) -> str | None:
    """The run goes over the years asked for, and says what it assumes after the last figure."""
    manifest = json.loads((place / "study" / "o" / "manifest.json").read_text())
    asked = (place / "asked.txt").read_text().split(":")
    first, last = float(asked[0]), float(asked[1])
    if abs(manifest["years"][0] - first) > 1e-6 or abs(manifest["years"][1] - last) > 1e-6:
        return f"asked for {asked}, the run goes over {manifest['years']}"
    drivers = (place / "study" / "model" / "drivers.toml").read_text().strip()
    if last > 2100 and drivers and not manifest["assumptions"]:
        return f"to {last:g} without a word on what is assumed after the last figure"
    return None


def years(rng: Random, k: int) -> Case:
    """Years that a run cannot go over, or not without assumptions."""
    if k < len(YEARS):
        asked, right = YEARS[k]
    else:
        asked, right = rng.choice(
            [
                (f"{rng.randrange(-9999, 1989)}:{rng.randrange(1991, 2010)}", Right.REFUSED),
                (
                    f"{rng.randrange(1990, 2000)}.{rng.randrange(1, 9)}:{rng.randrange(2001, 2010)}",
                    Right.EITHER,
                ),
                (f"1990:{rng.randrange(2101, 99999)}", Right.EITHER),
            ]
        )
    words = ("run", "VNM", f"--years={asked}", "--out", "o")
    return Case(
        "commands: years", asked, command, words, {"asked.txt": asked.encode()}, right, check=_years_told
    )


SETS = (
    "learning rate",
    "",
    "=",
    "learning rate=",
    "=1",
    "learning rate=nan",
    "learning rate=inf",
    "learning rate=1e999",
    "learning rate=1_0",
    "learning rate=²",
    "learning rate=٣",
    "learning rate=0x10",
    "learning rate=" + "1" * 5000,
    "no such=1",
    "learning rate=1=2",
    "learning rate=true",
    "learning rate=1,5",
    "learning rate=-inf",
    "Time=3",
    "TIME STEP=9",
    "output per head=3",
    "support table=3",
    "learning rate=--1",
    "__class__=1",
    "learning rate=1j",
)
STEPS = (
    "0",
    "-1",
    "nan",
    "inf",
    "1e-300",
    "1e-9",
    "1e-320",
    "1e999",
    "3",
    "1e300",
    "",
    "x",
    "1_0",
    "²",
    "0.3",
    "-0.25",
)


def settings(rng: Random, k: int) -> Case:
    """Values of --set, steps, draws and seeds that are none."""
    huge = "9" * rng.randrange(10, 400)
    others = (
        ("--draws", huge),
        ("--draws", "-1"),
        ("--draws", "1000000000"),
        ("--seed", huge),
        ("--seed", "-1"),
        ("--method", "magic"),
        ("--method", ""),
        ("--draws", "1.5"),
        ("--draws", "0"),
        ("--method", "rk4\n"),
        ("--draws", "nan"),
    )
    pairs = (*(("--set", one) for one in SETS), *(("--dt", one) for one in STEPS), *others)
    option, value = pairs[k % len(pairs)]
    extra = ("--draws", "2", "--method", "euler") if k >= len(pairs) and option in ("--set", "--dt") else ()
    words = ("run", "VNM", f"{option}={value}", "--out", "o", *extra)
    # a large seed is a seed
    right = Right.EITHER if option == "--seed" and value == huge else Right.REFUSED
    return Case("commands: settings", f"{option} {value[:30]!a}", command, words, right=right)


PANELS: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"iso3,year,variable,value\n",
    b"a,b\n1,2\n",
    b"iso3,year,variable,value\nFJI,x,pwt_pop,1\n",
    b"iso3,year,variable,value\nFJI,1990,pwt_pop," + b"1" * 200_000 + b"\n",
    b"," * 100_000,
    b"iso3\n" * 1000,
    b"iso3,year,variable,value\nFJI,1990,pwt_pop,nan\n",
    b"iso3,year,variable,value\nFJI,1990,pwt_pop,1\nFJI,1990,pwt_pop,2\n",
    b"iso3,year,variable,value\n../../x,1990,pwt_pop,1\n",
    b'iso3,year,variable,value\n"FJI,1990\n',
    b"iso3,year,variable,value\nFJI,99999999999999999999,pwt_pop,1\n",
    b"iso3,year,variable,value\nFJI,1990,pwt_pop,1_0\n",
)


def panels(rng: Random, k: int) -> Case:
    """Panels and names of countries to add: whole, or not there."""
    names = ("FJI", "VNM", "", "../../victim", "fji", "FJ", "XXX", "FJI/..", "FJI\n", "CON", "WLD", "\x1b[2J")
    name = names[k % len(names)] if k % 3 == 0 else "FJI"
    content = panel() if k % 3 == 0 and name != "FJI" else PANELS[k % len(PANELS)]
    if k > 30:
        lines = panel().splitlines()
        at = rng.randrange(1, len(lines))
        cells = lines[at].split(b",")
        cells[3] = rng.choice([b"nan", b"1_0", "²".encode(), b"1e999", b"", b"-1e308", b"0", b"x" * 140_000])
        lines[at] = b",".join(cells)
        content = b"\n".join(lines) + b"\n"
    words = (
        ("country", "add", name, "--panel", "panel.csv")
        if k % 4
        else ("breakdown", "--panel", "panel.csv", "--draws", "2")
    )
    right = Right.REFUSED if k <= 30 else Right.EITHER
    return Case(
        "commands: panels",
        f"{words[0]} {name[:20]!a}, {content[:40]!r}",
        command,
        words,
        {"study/panel.csv": content},
        right,
        may_change=WRITES["country"],
    )


def processes(rng: Random, k: int) -> Case:
    """Some of the above in a process of their own, as a user calls them."""
    makers = (years, settings)
    inner = makers[k % len(makers)](rng, rng.randrange(20))
    if any("\0" in word for word in inner.words):
        return years(rng, 0)
    return Case(
        "commands: processes",
        inner.name,
        process,
        inner.words,
        inner.files,
        inner.right,
        {},
        inner.check,
        may_change=inner.may_change,
    )


Kinds = dict[Callable[[Random, int], Case], int]
KINDS: Kinds = {options: 70, names: 66, places: 36, years: 26, settings: 52, panels: 24, processes: 3}
