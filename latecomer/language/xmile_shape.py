"""What may stand in a variable of XMILE, and where: nothing that could change the numbers is passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from latecomer.language.ranges import names
from latecomer.language.syntax import key
from latecomer.language.written import Unsupported
from latecomer.language.xmile_nodes import Node, article, child, foreign, local_name

MEANING = frozenset({"eqn", "gf", "init_eqn", "dimensions", "non_negative"})
# what may stand in a variable; anything else could change the numbers
SHOWN = frozenset({"range", "scale", "format", "display", "doc", "documentation", "units"})
OF_TABLES = frozenset({"xscale", "yscale", "xpts", "ypts"})
OF_ELEMENTS = frozenset({"eqn", "gf", "init_eqn"})
INSIDE = {
    "stock": frozenset({"inflow", "outflow", "non_negative"}),
    "flow": frozenset({"non_negative"}),
    "gf": OF_TABLES,
}
PLAIN = "a plain stock, flow or auxiliary"


def check_parts(node: Node) -> None:
    """Raise `Unsupported` for a part of a variable that is unknown, or there twice, or out of place."""
    inside = OF_ELEMENTS | SHOWN | {"dimensions", "element"} | INSIDE.get(local_name(node), frozenset())
    for found in (found for found in node if isinstance(found.tag, str)):
        known = local_name(found)
        # what one program adds may look as it will, but must not look like a part of the equation
        if known not in inside or (foreign(found) and known not in SHOWN):
            raise Unsupported(f"{article(known)} {known}", PLAIN, "write it with plain equations")
    elements = [found for found in node if local_name(found) == "element"]
    for part in (node, *elements):
        kinds = [local_name(found) for found in part]
        twice = next((kind for kind in kinds if kind in MEANING and kinds.count(kind) > 1), None)
        if twice is not None:
            raise Unsupported(f"{kinds.count(twice)} {twice}", f"one {twice}", "leave one")
        _check_texts(part)
    for element in elements:
        _check_element(node, element)
    if local_name(node) == "stock":
        _check_stock((node, *elements))


def _check_texts(part: Node) -> None:
    """Raise `Unsupported` for an equation with elements inside it, and for a table with a part twice."""
    for found in (part, *part):
        known = local_name(found)
        if known in ("eqn", "init_eqn") and any(isinstance(one.tag, str) for one in found):
            raise Unsupported(f"an {known} with other elements inside it", "plain text", "leave the text")
        inside = [local_name(one) for one in found] if known == "gf" else []
        twice = next((kind for kind in inside if kind in OF_TABLES and inside.count(kind) > 1), None)
        if twice is not None:
            raise Unsupported(f"{inside.count(twice)} {twice}", f"one {twice}", "leave one")


def _check_element(node: Node, element: Node) -> None:
    for found in (found for found in element if isinstance(found.tag, str)):
        known = local_name(found)
        if known not in OF_ELEMENTS | SHOWN or (foreign(found) and known not in SHOWN):
            raise Unsupported(f"a {known} of one element", "its equation", "write it for the whole array")
        if known in OF_ELEMENTS and child(node, known) is not None:
            raise Unsupported(
                f"{article(known)} {known} for the whole array beside one for an element",
                "one or the other",
                "leave the one for the whole array out, and give each element its own",
            )


def _check_stock(parts: Sequence[Any]) -> None:
    for part in parts:
        for tag, got in (("gf", "a table (gf) on a stock"), ("init_eqn", "init_eqn beside an initial value")):
            if child(part, tag) is not None:
                raise Unsupported(got, "the initial value as an equation", "leave it out")


def check_elements(node: Node, dims: Sequence[str], ranges: Mapping[str, Sequence[str]]) -> None:
    """Raise `Unsupported` where the elements of an array are not just those of its dimensions."""
    for dim in dims:
        if key(dim) not in ranges:
            raise Unsupported(
                f"the dimension '{dim}', which is not declared",
                "a dimension of this file",
                "declare it under dimensions, with its elements",
            )
    given = [names(found.get("subscript") or "") for found in node if local_name(found) == "element"]
    if not given:
        return
    places = [ranges[key(dim)] for dim in dims]
    known = [[key(element) for element in place] for place in places]
    present: set[tuple[str, ...]] = set()
    for words in given:
        if len(words) != len(dims):
            raise Unsupported(
                f"an element with {len(words)} subscripts",
                f"{len(dims)} subscripts, one for each dimension",
                "match subscript and dimensions",
            )
        for word, dim, place in zip(words, dims, known, strict=True):
            if key(word) not in place:
                raise Unsupported(
                    f"the element '{word}', which '{dim}' does not have",
                    f"one of {', '.join(ranges[key(dim)])}",
                    "correct the subscript, or declare the element",
                )
        if tuple(map(key, words)) in present:
            raise Unsupported(f"the element '{', '.join(words)}' twice", "each element once", "remove one")
        present.add(tuple(map(key, words)))
    missing = [", ".join(shown) for shown in product(*places) if tuple(map(key, shown)) not in present]
    if missing:
        what = "; ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise Unsupported(
            f"an array without an equation for {what}",
            "an equation for each element of its dimensions",
            "write the equation, or declare a dimension of the elements that there are",
        )
