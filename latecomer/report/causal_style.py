"""The paper of the causal diagrams: colours for light and dark screens, letters, title and description."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from latecomer.report.causal_parts import LETTERS

LIGHT = {"paper": "#fdfdfc", "text": "#1d2328", "soft": "#58626b", "hair": "#a3adb5", "box": "#eaf1f6"}
DARK = {"paper": "#14181b", "text": "#e6e9eb", "soft": "#a9b4bc", "hair": "#66727b", "box": "#22303a"}
SIGNS_LIGHT = {"plus": "#0068a8", "minus": "#c4500a", "both": "#6b3fa0", "none": "#7b868e"}
SIGNS_DARK = {"plus": "#62b5ee", "minus": "#f2975a", "both": "#c3a1f2", "none": "#8d99a1"}


def document(wide: float, tall: float, title: str, description: str, body: Iterable[str]) -> str:
    """An SVG file of a size in pixels, with a title and a description for screen readers."""
    size = f'width="{wide:.0f}" height="{tall:.0f}" viewBox="0 0 {wide:.0f} {tall:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">'
    names = f'<title id="title">{escape(title)}</title>', f'<desc id="desc">{escape(description)}</desc>'
    paper = '<rect class="paper" width="100%" height="100%"/>'
    return "\n".join([head, *names, f"<style>{style()}</style>", paper, *body, "</svg>"]) + "\n"


def style(dark: bool = False) -> str:
    """The style of the diagrams, with the dark colours where a reader's screen is dark (or always)."""
    plain = (
        f'text{{font:{LETTERS:g}px system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}}'
        ".title{font-size:20px;font-weight:600}.small{font-size:12px}.sign{font-size:12px;font-weight:700}"
        ".line,.trunk,.bar,.loop,.bracket{fill:none;stroke-width:1.5}.dormant{stroke-dasharray:2 4}"
        ".initial{stroke-dasharray:7 4}.pipe{fill:none;stroke-width:5.5}.bore{fill:none;stroke-width:2.5}"
    )
    light, night = _colours(LIGHT | SIGNS_LIGHT), _colours(DARK | SIGNS_DARK)
    return plain + (night if dark else f"{light}@media (prefers-color-scheme: dark){{{night}}}")


def _colours(ink: dict[str, str]) -> str:
    signs = "".join(
        f".line.{name},.pipe.{name},.bar.{name},.loop.{name},.badge.{name}{{stroke:{ink[name]}}}"
        f".tip.{name},.sign.{name}{{fill:{ink[name]}}}"
        for name in SIGNS_LIGHT
    )
    return (
        f".paper,.badge{{fill:{ink['paper']}}}.name,.title{{fill:{ink['text']}}}"
        f".shadow,.small{{fill:{ink['soft']}}}.trunk,.bracket{{stroke:{ink['hair']}}}"
        f".bore{{stroke:{ink['paper']}}}.stock{{fill:{ink['box']};stroke:{ink['text']};stroke-width:1.5}}"
        f".among{{fill:none;stroke:{ink['plus']};stroke-opacity:.5}}.head{{fill:{ink['plus']}}}"
        f".valve{{fill:{ink['box']};stroke:{ink['text']};stroke-width:1.2}}{signs}"
    )


def letters(kind: str, x: float, y: float, words: str) -> str:
    """Escaped words of a style class at a place."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
