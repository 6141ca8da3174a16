"""Content files as typed data: strict schemas, and every fault of a file told with its place."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from latecomer.errors import Fault, InputError, nearest
from latecomer.files import LARGEST_TOML, parse_toml, read_text


class Strict(BaseModel):
    """A schema that converts nothing, allows no unknown key and no infinite number, and cannot be changed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


Schema = TypeVar("Schema", bound=Strict)
Content = TypeVar("Content")


class Named(Mapping[str, Content]):
    """Content by its name, in the order of its file; a name that it lacks is refused."""

    def __init__(self, content: Mapping[str, Content]) -> None:
        self._content = dict(content)

    @abstractmethod
    def unknown(self, name: str) -> InputError:
        """What refuses a name that is not there."""

    def __getitem__(self, name: str) -> Content:
        if name not in self._content:
            raise self.unknown(name)
        return self._content[name]

    def __contains__(self, name: object) -> bool:
        return name in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


def read_toml(path: Path, what: str, place: str | None = None) -> dict[str, Any]:
    """The tables of a TOML file; `what` it holds and its `place`, by default its name, go into the error.

    Raises InputError where the file is missing, is no ordinary file of a bearable size, is no text, or is not
    TOML that is nested a few levels deep and holds numbers of some hundred digits at most.
    """
    text = read_text(path, what, "restore the file, or name another study", largest=LARGEST_TOML)
    return parse_toml(text, what, "mend the line", place or path.name)


def validated(
    schema: type[Schema], data: Mapping[str, Any], place: str, faults: list[Fault]
) -> Schema | None:
    """`data` as `schema`, or None with its faults added to `faults`."""
    try:
        return schema.model_validate(dict(data))
    except ValidationError as error:
        faults.extend(_fault(schema, place, problem) for problem in error.errors())
        return None


def validated_tables(
    schema: type[Schema],
    raw: Mapping[str, Any],
    place: str,
    expected: str,
    faults: list[Fault],
    key: str | None = None,
    cure: str = "mend it",
    in_words: Callable[[object], str] | None = None,
) -> dict[str, Schema]:
    """Tables by name as `schema`; what is no table, or no sound one, is left out and added to `faults`.

    `expected`: what each should be, in words; `key`: the field that takes its name, None for none;
    `in_words`: how what is no table is told, by default as `shown` does.
    """
    found = {}
    for name, entry in raw.items():
        where = f"{place}, {name}"
        if not isinstance(entry, dict):
            faults.append(Fault(where, (in_words or shown)(entry), expected, cure))
            continue
        named = entry if key is None else {key: name, **entry}
        if (one := validated(schema, named, where, faults)) is not None:
            found[name] = one
    return found


def _fault(schema: type[Strict], place: str, problem: Any) -> Fault:
    *above, last = problem["loc"] or ("",)
    place = ", ".join([place, *(_step(step) for step in above)])
    if problem["type"] == "missing":
        return Fault(place, f"no {last}", f"a value for {last}", "write it down")
    if problem["type"] == "extra_forbidden":
        names = _keys(schema, tuple(step for step in above if isinstance(step, str)))
        expected = f"one of {', '.join(names)}" if names else "no such key"
        return Fault(place, f"the unknown key '{last}'", expected, nearest(str(last), names))
    if problem["type"] == "value_error":
        got, expected, cure = problem["ctx"]["error"].args
        return Fault(place if last == "" else f"{place}, {_step(last)}", got, expected, cure)
    expected = str(problem["msg"]).removeprefix("Input should be ")
    where = f"{place}, {_step(last)}" if last != "" else place
    return Fault(where, shown(problem["input"]), expected, "mend the value")


def _step(step: object) -> str:
    return f"entry {step + 1}" if isinstance(step, int) else str(step)


def _keys(schema: object, steps: tuple[str, ...]) -> list[str]:
    for step in steps:
        field = getattr(schema, "model_fields", {}).get(step)
        inner = [] if field is None else [a for a in _leaves(field.annotation) if hasattr(a, "model_fields")]
        if not inner:
            continue
        schema = inner[0]
    return list(getattr(schema, "model_fields", {}))


def _leaves(annotation: object) -> list[Any]:
    inside = getattr(annotation, "__args__", ())
    return [leaf for part in inside for leaf in _leaves(part)] if inside else [annotation]


def shown(value: object) -> str:
    """A value as it stands in a message.

    >>> shown("x"), shown(1.0), shown({"a": 1})
    ("'x'", '1', 'a table')
    """
    match value:
        case float():
            return f"{value:g}"
        case dict():
            return "a table"
        case list() if len(value) > 4:
            return f"a list of {len(value)}"
        case _:
            return repr(value)


def unless(holds: bool, got: str, expected: str, cure: str) -> None:
    """A check inside a schema: raises what `validated` turns into a fault."""
    if not holds:
        raise ValueError(got, expected, cure)
