"""The house: what is where, one version everywhere, a lock that holds, and nothing of one machine in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import latecomer

NAMES_AT_IMPORT = {"vl-convert-python": "vl_convert"}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]


@pytest.fixture(scope="module")
def declared(project: dict[str, Any]) -> list[Requirement]:
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in project["dependencies"] + extras]


@pytest.fixture(scope="module")
def locked(root: Path) -> list[tuple[Requirement, int]]:
    """Each pin of the lock with the number of its hashes."""
    entries = re.split(r"\n(?=\S)", (root / "requirements.lock").read_text(encoding="utf-8").strip())
    return [(Requirement(entry.split("\\")[0].strip()), entry.count("--hash=sha256:")) for entry in entries]


@pytest.fixture(scope="module")
def tracked(root: Path) -> dict[str, str]:
    """The text of every tracked file; skipped where this is no repository, as in a source archive."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git repository")
    paths = [root / name for name in listing.stdout.split("\0") if name]
    texts = {}
    for path in (path for path in paths if path.is_file()):
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            texts[path.relative_to(root).as_posix()] = content.decode("utf-8")
    return texts


@pytest.mark.parametrize(
    "place",
    [
        "model",
        "calibration/observations",
        "reports/templates",
        "latecomer/py.typed",
        "LICENSE",
        ".ci/run",
        "Makefile",
    ],
)
def test_the_rooms_are_where_the_readme_says(root: Path, place: str) -> None:
    assert (root / place).exists()


def test_the_version_is_the_same_everywhere(root: Path, project: dict[str, Any]) -> None:
    citation = re.search(
        r"^version: (.+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
    released = re.search(
        r"^## \[(\d.+?)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert citation is not None
    assert released is not None
    assert {latecomer.__version__, project["version"], citation[1], released[1]} == {project["version"]}


def test_the_release_date_is_the_same_in_changelog_and_citation(root: Path) -> None:
    dated = re.search(
        r"^date-released: (.+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert dated is not None
    assert f"## [{latecomer.__version__}] - {dated[1]}\n" in (root / "CHANGELOG.md").read_text(
        encoding="utf-8"
    )


def test_every_pin_has_a_hash_and_names_one_version(locked: list[tuple[Requirement, int]]) -> None:
    assert len(locked) > 50
    for pin, hashes in locked:
        assert hashes >= 1, pin
        assert re.fullmatch(r"==[^,*]+", str(pin.specifier)), pin


def test_the_lock_satisfies_the_project(
    declared: list[Requirement], locked: list[tuple[Requirement, int]]
) -> None:
    pins = [(canonicalize_name(pin.name), str(pin.specifier).removeprefix("==")) for pin, _ in locked]
    for need in declared:
        versions = [version for name, version in pins if name == canonicalize_name(need.name)]
        assert versions, f"{need} is not in requirements.lock; run make lock"
        assert all(version in need.specifier for version in versions), (
            f"{need}: locked at {versions}; run make lock"
        )


def test_the_lock_pulls_in_no_accelerator_packages(locked: list[tuple[Requirement, int]]) -> None:
    assert [pin.name for pin, _ in locked if re.search(r"nvidia|cuda|rocm|tpu", pin.name)] == []


def test_the_numbers_come_from_the_same_packages_on_every_python(
    locked: list[tuple[Requirement, int]],
) -> None:
    chosen = set()
    for minor in ("3.11", "3.12", "3.13"):
        here = {"python_version": minor, "python_full_version": f"{minor}.0"}
        pins = {pin.name: str(pin) for pin, _ in locked if not pin.marker or pin.marker.evaluate(here)}
        chosen.add(tuple(pins[name].split(";")[0] for name in ("numpy", "scipy", "pandas", "jax", "jaxlib")))
    assert len(chosen) == 1


@pytest.mark.slow
def test_the_package_imports_only_what_it_declares(root: Path, project: dict[str, Any]) -> None:
    needs = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    allowed = {NAMES_AT_IMPORT.get(name, name.replace("-", "_")) for name in needs}
    for path in sorted((root / "latecomer").rglob("*.py")):
        for name in imported(path):
            known = name in allowed or name in sys.stdlib_module_names or name == "latecomer"
            assert known, f"{path.relative_to(root)} imports {name}, which pyproject.toml does not declare"


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0]
        for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
    }


def test_no_file_names_a_package_registry(tracked: dict[str, str]) -> None:
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"))]
    assert [(name, host) for name, text in tracked.items() for host in hosts if host in text] == []


def test_the_lock_names_no_address(root: Path) -> None:
    assert "//" not in (root / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_file_names_a_path_of_one_machine(tracked: dict[str, str]) -> None:
    folders = "|".join(("work", "tmp", "root", "home", "Users"))
    private = re.compile(rf"(?<![\w.\-/}}])/(?:{folders})/\w|\.\./{'shared'}\b")
    assert [(name, found[0]) for name, text in tracked.items() if (found := private.search(text))] == []


def test_no_module_needs_itself() -> None:
    graph = grimp.build_graph("latecomer")  # with imports for types only
    needed = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(needed).prepare()  # CycleError names a circle


@pytest.mark.parametrize("place", ["latecomer", "tests"])
def test_no_folder_is_too_long_to_look_through(root: Path, place: str) -> None:
    count = Counter(path.parent for path in (root / place).rglob("*.py"))
    assert {folder.name: files for folder, files in count.items() if files > 30} == {}


def test_importing_the_package_waits_for_nothing_heavy() -> None:
    code = "import sys, latecomer; print(sorted({'jax', 'pysd', 'pandas', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_found_and_others_refused() -> None:
    assert latecomer.InputError is __import__("latecomer.errors").errors.InputError
    assert dir(latecomer) == sorted(latecomer.__all__)
    with pytest.raises(AttributeError, match="no attribute 'stuhdy'; it has Event, InputError, Study"):
        latecomer.__getattr__("stuhdy")


def test_every_public_name_has_its_home() -> None:
    for name in latecomer.__all__:
        assert getattr(latecomer, name) is not None


def test_every_make_command_in_the_documents_exists(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (root / name).read_text(encoding="utf-8")
        commands = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.MULTILINE))
        assert commands
        assert commands <= targets, name


def test_every_file_linked_in_the_documents_exists(root: Path) -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        links = re.findall(r"\]\(([^)#]+)\)", (root / name).read_text(encoding="utf-8"))
        assert [link for link in links if "//" not in link and not (root / link).exists()] == [], name
