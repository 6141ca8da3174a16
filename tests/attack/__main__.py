"""The attack at length: `python -m tests.attack --inputs 20000 --seed 7`, or `--cases FOLDER`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.attack.cases import GROUPS, made
from tests.attack.mutate import of_folder
from tests.attack.outcomes import table
from tests.attack.worker import CPU_SECONDS, attacked


def main() -> int:
    """Run the attack, print what came of it; 1 where the product did not stand."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument(
        "--inputs", type=int, help="how many inputs in all; as many as the suite takes by default"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--group", action="append", choices=GROUPS, help="only of this group; may be repeated"
    )
    parser.add_argument("--kind", help="only of kinds with this in their name")
    parser.add_argument("--workers", type=int, default=2, help="processes at once")
    parser.add_argument(
        "--seconds", type=int, default=CPU_SECONDS, help="of the processor, before it is a hang"
    )
    parser.add_argument("--slow", type=int, default=0, help="how many of the slowest inputs to show")
    parser.add_argument(
        "--cases", type=Path, help="a folder of inputs: each as it is, and --inputs mutations of them"
    )
    asked = parser.parse_args()
    groups = [] if asked.cases else asked.group or list(GROUPS)
    share = None if asked.inputs is None else asked.inputs // max(1, len(groups))
    cases = [case for group in groups for case in made(group, asked.seed, share)]
    if asked.cases:
        cases = list(of_folder(asked.cases, asked.inputs or 0, asked.seed))
    cases = [case for case in cases if asked.kind is None or asked.kind in case.kind]
    began = time.monotonic()
    results = attacked(cases, asked.workers, asked.seconds)
    wrong = [one for one in results if not one.right]
    for one in wrong:
        print(one)
    for one in sorted(results, key=lambda one: -one.seconds)[: asked.slow]:
        print(f"{one.seconds:6.1f} s  {one.kind}: {one.name}: {one.outcome}")
    print("\n".join(table(results)))
    used = sum(one.seconds for one in results)
    took = f"{time.monotonic() - began:.0f} s, {used:.0f} s of the processor"
    print(f"{len(results)} inputs, seed {asked.seed}, {took}; {len(wrong)} not right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
