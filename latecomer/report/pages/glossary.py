"""The words of the pages that need a sentence, and how a page shows it: on hover, on focus, on a tap.

A word is a link to its entry in the page's list of words, so that it says something without a script too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Final

from markupsafe import Markup

GLOSSARY: Final = {
    "draw": (
        "One run with its own made-up accidents: good and bad years of demand and trade. Many draws "
        "show how far luck alone moves the result."
    ),
    "draws": (
        "Runs that differ by made-up accidents alone: good and bad years of demand and trade. They "
        "show how far luck moves the result."
    ),
    "band": (
        "The range that holds the middle eight of ten draws: one in ten lies above it, one in ten below."
    ),
    "middle": ("The median: half of the draws lie above it, half below."),
    "same shocks": (
        "Draw 17 of one run meets the same good and bad years as draw 17 of the other. So what "
        "differs between them is what was decided, not luck."
    ),
    "NRMSD": (
        "How far the model’s line typically lies from the figures, as a part of the range that the "
        "figures cover. 0 is a perfect fit; 0.20 is off by a fifth of that range."
    ),
    "scenario": ("A set of decisions and assumptions about the coming years, written down before the run."),
    "fit": (
        "The numbers of the model that were chosen so that its runs come close to the figures of the past."
    ),
    "variant": ("One of the rival ways in which the model may be built. None is taken for the truth."),
    "seed": ("The number that the accidents are made from. The same seed gives the same accidents."),
    "tolerance": ("The largest distance from the figures that was accepted before the model was run."),
    "policy space": ("What rules of trade still permit a state to do. What they do not permit is not run."),
    "provenance": ("Where every number comes from, so that anyone can make the page again."),
    "sha256": ("A fingerprint of a file: it changes with the smallest change of the file."),
    "record": ("The years for which there are figures. After them a run rests on assumptions."),
}


def identity(name: str) -> str:
    """The id of a word’s entry on a page.

    >>> identity("labour share")
    'term-labour-share'
    """
    return "term-" + re.sub(r"[^a-z0-9]+", "-", name.lower())


def glossary(own: Mapping[str, str]) -> dict[str, str]:
    """The words of every page with those of a study, which go before."""
    return {**GLOSSARY, **own}


def term(name: str, words: str | None = None, known: Mapping[str, str] = GLOSSARY) -> Markup:
    """A word that leads to its sentence and is described by it; `words`: how it stands in the text.

    `known`: words and sentences. Raises KeyError for a word without a sentence.

    >>> print(term("seed"))
    <a class="term" href="#term-seed" aria-describedby="term-seed">seed</a>
    """
    if name not in known:
        raise KeyError(name)
    key = identity(name)
    return Markup(f'<a class="term" href="#{key}" aria-describedby="{key}">{escape(words or name)}</a>')


def marked(sentence: str, known: Mapping[str, str] = GLOSSARY) -> Markup:
    """A sentence, escaped, with each word of a glossary explained where it first stands.

    >>> print(marked("a < b"))
    a &lt; b
    >>> marked("A draw, a draw.").count("<a ")
    1
    """
    longest = sorted(known, key=len, reverse=True)
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, longest)) + r")(?![\w-])", re.IGNORECASE)
    lower = {name.lower(): name for name in longest}
    seen: set[str] = set()
    parts, at = [], 0
    for found in pattern.finditer(sentence):
        name = lower[found.group().lower()]
        if name in seen:
            continue
        seen.add(name)
        parts += [escape(sentence[at : found.start()]), str(term(name, found.group(), known))]
        at = found.end()
    return Markup("".join([*parts, escape(sentence[at:])]))
