"""What a browser shows of a page: where words lie, what overlaps or sticks out, what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

WIDTHS: Final = (375, 768, 1280)
HEIGHTS: Final = {375: 812, 768: 1024, 1280: 800}
SCHEMES: Final = ("file:", "data:", "blob:", "about:")
SKIPPED: Final = "browser tests skipped: "
NO_CHROMIUM: Final = (
    f"{SKIPPED}no Chromium found; install it (on Debian: apt-get install chromium) or set LATECOMER_CHROMIUM"
)
NO_DRIVER: Final = f"{SKIPPED}no playwright found; make the environment anew: make environment"

EVIL: Final = '<img src=x onerror="window.ran=1">'
BREAKING: Final = "</script><script>window.ran=1</script>"
"""Markup that would run, were it not shown as text."""


@dataclass
class Watched:
    """What a page has said and asked for. `allowed`: schemes besides those that stay on this machine."""

    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)

    def watch(self, context: BrowserContext) -> Callable[[], None]:
        """Write down all that the pages of a context say and ask for, until what is returned is called."""
        heard: list[tuple[Any, str, Callable[[Any], None]]] = []

        def hear(source: Any, event: str, told: Callable[[Any], None]) -> None:
            source.on(event, told)
            heard.append((source, event, told))

        def opened(page: Page) -> None:
            hear(page, "websocket", lambda one: self.asked.append(one.url))

        hear(context, "console", self._console)
        hear(context, "weberror", lambda error: self.said.append(f"error: {error.error}"))
        hear(context, "request", self._request)
        hear(context, "page", opened)
        for page in context.pages:
            opened(page)

        def stop() -> None:
            for source, event, told in heard:
                source.remove_listener(event, told)

        return stop

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert"):
            self.said.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def refused(self) -> list[str]:
        """All that a page must not do: errors, and requests that leave the file."""
        schemes = (*SCHEMES, *self.allowed)
        return [*self.said, *(f"request: {url}" for url in self.asked if not url.startswith(schemes))]


def write(folder: Path, text: str) -> Path:
    """A page as a file."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def show(page: Page, path: Path, width: int = 1280, dark: bool = False) -> None:
    """Open a file at a width, light or dark, and wait until it stands still."""
    page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 800)})
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.goto(path.resolve().as_uri(), wait_until="load")
    page.evaluate("() => document.fonts.ready.then(() => null)")


def layout(page: Page) -> dict[str, list[str]]:
    """What lies badly now: pairs of words or controls that `overlap`, words `outside` the viewport or `cut`.

    Words under something that stays in place over them while they scroll are no fault. Nor are words beyond
    the edge of a box that scrolls, or behind dots that say so.
    """
    return dict(page.evaluate(LAYOUT))


def faults(page: Page) -> list[str]:
    """All that `layout` finds, a line each."""
    return [f"{kind}: {one}" for kind, found in layout(page).items() for one in found]


def faults_at_widths(page: Page, path: Path, dark: bool = False) -> list[str]:
    """What lies badly in a file at each width, with the width."""
    return list(_faults_at_widths(page, path, dark))


def _faults_at_widths(page: Page, path: Path, dark: bool) -> Iterator[str]:
    for width in WIDTHS:
        show(page, path, width, dark)
        yield from (f"{width} px, {one}" for one in faults(page))


def ran(page: Page) -> bool:
    """Whether markup that was to be shown has run."""
    return bool(page.evaluate("() => window.ran !== undefined"))


def contrast(page: Page, selector: str) -> float:
    """The contrast of the words of an element against what lies behind it, 1 to 21 (WCAG 2)."""
    found: Any = page.locator(selector).first.evaluate(CONTRAST)
    return float(found)


LAYOUT: Final = r"""() => {
  const wide = document.documentElement.clientWidth;
  const style = new Map();
  const of = (e) => { if (!style.has(e)) style.set(e, getComputedStyle(e)); return style.get(e); };
  const shown = (e) => e.checkVisibility({contentVisibilityAuto: true, opacityProperty: true,
                                          visibilityProperty: true});
  const parents = function* (e) { for (let p = e; p; p = p.parentElement) yield p; };
  const boxed = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  // the box that a part of a page floats in: it may cover what scrolls under it
  const floats = (e) => { for (const p of parents(e))
    if (["fixed", "sticky"].includes(of(p).position)) return p; return null; };
  const clip = (rect, e) => {
    let [l, t, r, b] = rect, cut = false;
    const fixed = (p) => of(p).position === "fixed";
    for (const p of parents(e)) {
      if (p === document.documentElement || p === document.body) break;
      const x = of(p).overflowX, y = of(p).overflowY;
      if (x !== "visible" || y !== "visible") {
        const [pl, pt, pr, pb] = boxed(p);
        const hides = (o) => o === "hidden" || o === "clip";
        const small = pr - pl < 4 || pb - pt < 4, dots = of(p).textOverflow === "ellipsis";
        if (!small && !dots && ((hides(x) && (l < pl - 2 || r > pr + 2)) ||
                                (hides(y) && (t < pt - 3 || b > pb + 3)))) cut = true;
        if (x !== "visible") { l = Math.max(l, pl); r = Math.min(r, pr); }
        if (y !== "visible") { t = Math.max(t, pt); b = Math.min(b, pb); }
      }
      if (fixed(p)) break;
    }
    return {rect: [l, t, r, b], cut};
  };
  const unseen = ["SCRIPT", "STYLE", "OPTION", "TEMPLATE", "TITLE", "DESC"];
  const items = [], outside = [], cut = [];
  const add = (node, e, rects, words, control) => {
    for (const one of rects) {
      const clipped = clip(one, e), [l, t, r, b] = clipped.rect;
      if (one[2] - one[0] < 2 || one[3] - one[1] < 2) continue;
      if (clipped.cut) cut.push(words);
      if (r - l < 2 || b - t < 2) continue;
      if (l < -1 || r > wide + 1) outside.push(`${words} [${Math.round(l)} to ${Math.round(r)} of ${wide}]`);
      // letters fill the middle of their line only
      const trim = control ? 1 : 0.2 * (b - t);
      items.push({node, e, control, words, floats: floats(e), rect: [l + 1, t + trim, r - 1, b - trim]});
    }
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const e = node.parentElement, words = node.data.trim().replace(/\s+/g, " ").slice(0, 60);
    if (!words || unseen.includes(e.tagName.toUpperCase()) || !shown(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    add(node, e, [...range.getClientRects()].map((b) => [b.left, b.top, b.right, b.bottom]), words, false);
  }
  for (const e of document.querySelectorAll("input, select, textarea, button, progress, meter")) {
    if (!shown(e) || e.type === "hidden") continue;
    const name = e.getAttribute("aria-label") || e.id || e.name;
    add(e, e, [boxed(e)], `<${e.tagName.toLowerCase()} ${name}>`, true);
  }
  const overlap = new Set();
  items.sort((a, b) => a.rect[1] - b.rect[1]);
  items.forEach((a, k) => {
    for (let n = k + 1; n < items.length && items[n].rect[1] < a.rect[3]; n++) {
      const b = items[n];
      if (a.node === b.node || a.node.contains(b.node) || b.node.contains(a.node)) continue;
      if (a.floats !== b.floats) continue;
      const x = Math.min(a.rect[2], b.rect[2]) - Math.max(a.rect[0], b.rect[0]);
      const y = Math.min(a.rect[3], b.rect[3]) - Math.max(a.rect[1], b.rect[1]);
      if (x > 0.5 && y > 0.5) overlap.add([a.words, b.words].sort().map((w) => `'${w}'`).join(" and "));
    }
  });
  const most = document.documentElement.scrollWidth;
  const scrolls = most > wide + 1 ? [`the page itself, ${most} in ${wide} px`] : [];
  return {overlap: [...overlap], outside: [...new Set([...scrolls, ...outside])], cut: [...new Set(cut)]};
}"""

CONTRAST: Final = r"""(e) => {
  const numbers = (c) => (c.match(/[\d.]+/g) || []).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => {
    v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const svg = e instanceof SVGElement, own = getComputedStyle(e);
  const front = light(numbers(svg ? own.fill : own.color));
  let back = 1;
  for (let p = e; p; p = p.parentElement) {
    const c = numbers(getComputedStyle(p).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) { back = light(c); break; }
  }
  return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
}"""
