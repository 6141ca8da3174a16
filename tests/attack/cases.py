"""All kinds of attacks, each made from a seed: the same seed and number, the same inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from tests.attack import (
    commands,
    model_depth,
    model_names,
    model_times,
    mutate,
    run_folders,
    study_files,
    xmile_texts,
)
from tests.attack.outcomes import Case

Made = Callable[[Random, int], Case]
GROUPS: dict[str, Mapping[Made, int]] = {
    "language": {**model_names.KINDS, **model_depth.KINDS, **model_times.KINDS},
    "xmile": xmile_texts.KINDS,
    "study": study_files.KINDS,
    "runs": run_folders.KINDS,
    "commands": commands.KINDS,
    "mutations": mutate.KINDS,
}


def made(
    group: str, seed: int = 0, inputs: int | None = None, every: int = 1, but: int | None = None
) -> list[Case]:
    """The inputs of a group: of each kind as many as it lists, or so many in all; each `every`-th of them.

    `but`: without those that would be taken were this `every`.
    """
    kinds = GROUPS[group]
    total = sum(kinds.values())
    cases = []
    for kind, usual in kinds.items():
        count = usual if inputs is None else max(1, round(inputs * usual / total))
        rng = Random(f"{seed} {kind.__module__} {kind.__name__}")
        # all are made, so that those taken are the same whichever are left out
        own = [kind(rng, k) for k in range(count)]
        taken = set(range(seed % every, count, every))
        taken -= set() if but is None else set(range(seed % but, count, but))
        cases += [own[k] for k in sorted(taken)]
    return cases
