"""Subscripts that XMILE leaves out or counts: names of arrays completed before they are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

from latecomer.language.functions import REDUCTIONS
from latecomer.language.syntax import key
from latecomer.language.written import Apply, Literal, Name, Operation, Written

OVER_ALL = frozenset(REDUCTIONS["xmile"]) | {"size"}


@dataclass(frozen=True)
class Completion:
    """Completes the names of an equation; `dims`: those of every variable, `ranges`: their elements."""

    dims: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[str, ...]]

    def of(self, node: Written, own: tuple[str, ...]) -> Written:
        """An equation for all elements of the dimensions `own`, with the subscripts that it leaves out.

        >>> sales = Completion({"price": ("Product",)}, {"product": ("pizza", "salad")})
        >>> sales.of(Name("price"), ("Product",))
        Name(name='price', subscripts=('Product',))
        >>> sales.of(Name("price", ("2",)), ())
        Name(name='price', subscripts=('salad',))
        """
        match node:
            case Name(name, None):
                same = bool(own) and [key(d) for d in self.dims.get(key(name), ())] == [key(d) for d in own]
                return Name(name, own) if same else node
            case Name():
                return replace(node, subscripts=self._elements(node.name, node.subscripts))
            case Apply(name, (Name(of, subscripts),)) if key(name) == "size" and self.dims.get(key(of)):
                # the number of elements, where all of them are meant
                every = not set(subscripts or ()) - {"*"}
                sizes = [len(self.ranges.get(key(dim), ())) for dim in self.dims[key(of)]]
                return Literal(float(prod(sizes))) if every and all(sizes) else node
            case Apply(name, (first, *others)) if key(name) == "mean" and others:
                total = first
                for other in others:
                    total = Operation("+", (total, other))
                return self.of(Operation("/", (total, Literal(1.0 + len(others)))), own)
            case Apply(name, arguments):
                # SUM(x) runs over all of x, whatever the equation is for
                inside = () if key(name) in OVER_ALL and len(arguments) == 1 else own
                return replace(
                    node,
                    arguments=tuple([self.of(argument, inside) for argument in arguments]),
                    subscripts=self._elements(name, node.subscripts),
                )
            case Operation(operator, operands):
                return Operation(operator, tuple([self.of(operand, own) for operand in operands]))
            case _:
                return node

    def _elements(self, name: str, subscripts: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The subscripts with each number replaced by the element in that position, counted from 1."""
        dims = self.dims.get(key(name), ())
        if subscripts is None or len(subscripts) != len(dims):
            return subscripts
        return tuple(
            self._element(w, self.ranges.get(key(d), ())) for w, d in zip(subscripts, dims, strict=True)
        )

    def _element(self, word: str, elements: tuple[str, ...]) -> str:
        named = key(word) in {key(element) for element in elements} | set(self.ranges)
        counted = not named and word.isascii() and word.isdigit() and 1 <= int(word) <= len(elements)
        return elements[int(word) - 1] if counted else word
