"""The commands; what takes long to import is imported when a command needs it.

Also here:
- What stands on the command line, read and refused.
- Where work is done: the options of the commands that can be given to a cluster.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from latecomer import __version__, ending
from latecomer.cli import tables
from latecomer.errors import Fault, InputError, refuse, visible
from latecomer.files import plain_number
from latecomer.study.reference import MARK, reference_root

if TYPE_CHECKING:
    from latecomer.runs.executor import Executor
    from latecomer.study.study import Study


def study_root(where: Path | None) -> Path:
    """The study named, or this folder where it is one, or the reference study."""
    if where is not None:
        return where
    return Path() if MARK.is_file() else reference_root()


def output(root: Path, room: str) -> Path:
    """Where results go by default: the room's own `out`, or one here where the study is an installed one."""
    installed = root.name == "_reference" or not os.access(root, os.W_OK)
    return (Path() if installed else root) / room / "out"


def request(
    settings: Sequence[str], years: str | None
) -> tuple[dict[str, float], tuple[float, float] | None]:
    """The values of --set and the years of --years. Raises InputError with every fault of both.

    >>> request(["drawdown time=3"], "1960:1990")
    ({'drawdown time': 3.0}, (1960.0, 1990.0))
    """
    from latecomer.language.syntax import key

    faults: list[Fault] = []
    changed: dict[str, float] = {}
    for setting in settings:
        name, equals, value = setting.rpartition("=")
        number = plain_number(value.strip())
        if not equals or not name.strip() or number is None:
            expected = "a name, = and a number"
            faults.append(Fault("--set", f"'{setting}'", expected, 'write for example --set "growth=0.03"'))
        elif key(name) in {key(other) for other in changed}:
            faults.append(
                Fault("--set", f"'{name.strip()}' a second time", "each name once", "leave one out")
            )
        else:
            changed[name.strip()] = number
    span = None
    if years is not None:
        first, _, last = years.partition(":")
        a, b = plain_number(first.strip()), plain_number(last.strip())
        if a is None or b is None:
            expected = "two years with a colon between them"
            faults.append(Fault("--years", f"'{years}'", expected, "write for example --years 1960:1990"))
        else:
            span = (a, b)
    if faults:
        raise InputError(faults)
    return changed, span


def slug(name: str) -> str:
    """A name as that of a folder.

    >>> slug("discipline in the export push")
    'discipline-in-the-export-push'
    """
    return re.sub(r"[^\w.-]+", "-", name).strip("-")


def fit_name(name: str | None, countries: Sequence[str], until: int | None) -> str:
    """The name of a fit, by default its countries and the last year of its figures.

    >>> fit_name(None, ["KOR", "BRA"], 1979)
    'KOR-BRA-until-1979'
    """
    from latecomer.study.fits import plain_name

    if name is not None:
        return plain_name(name, "--name")
    made = "-".join([*countries, *([] if until is None else ["until", str(until)])])
    return plain_name(made, "countries")


OTHER = "choose another --out FILE"

GOOD, SHORT = 0, 1

NUMBERS = ("integer", "integer range", "float", "float range")

LARGEST = 2**63 - 1


class Commands(TyperGroup):
    """The group of commands: what stops one ends it with a line and an exit code.

    2 for bad input and for what the machine refuses, 130 for an interrupt.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command whose numbers are plain decimal ones of a bearable size: no 1_0, no other digits."""
        found = super().get_command(ctx, cmd_name)
        for parameter in [] if found is None else found.params:
            if is_number(parameter):
                vars(parameter)["consume_value"] = plainly(parameter)
        return found

    def make_context(self, *words: Any, **more: Any) -> Any:
        """Read the command line."""
        ending.way_on(None)
        with ended():
            return super().make_context(*words, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run a command and turn what stops it into a message and an exit code."""
        with ended():
            return super().invoke(ctx)


def is_number(parameter: object) -> bool:
    """Whether a parameter of the command line is a number, by its annotation or, in older Typer, its type."""
    described = parameter.bare_type() if hasattr(parameter, "bare_type") else None
    if described is not None:
        return described in ("int", "float")
    return getattr(getattr(parameter, "type", None), "name", "") in NUMBERS


def plainly(parameter: Any) -> Callable[..., Any]:
    """How the text of a number is taken from the command line: only if it is plain and not too large."""
    taken = parameter.consume_value

    def consumed(context: Any, options: Any) -> Any:
        value, source = taken(context, options)
        if isinstance(value, str):
            number = plain_number(value)
            if number is None:
                raise typer.BadParameter(f"{value!r} is not a plain number.", context, parameter)
            if abs(number) > LARGEST:
                raise typer.BadParameter(f"{value!r} is beyond {LARGEST}.", context, parameter)
        return value, source

    return consumed


@contextmanager
def ended() -> Iterator[None]:
    """Turn what stops a command into its message and exit code; a fault of this program goes on."""
    try:
        yield
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:
        found = ending.exit_of(error)
        if found is None:
            _seen(error)
            raise
        words, code = found
        if words:
            tables.problem(words)
            ending.reader_knows()
        raise typer.Exit(code) from None


def _seen(error: BaseException) -> None:
    """Write out what a refused word of the command line would do to the terminal that is told of it."""
    message = getattr(error, "message", None)
    if isinstance(message, str) and hasattr(error, "exit_code"):
        error.message = visible(message)  # type: ignore[attr-defined]


app = typer.Typer(
    cls=Commands,
    name="latecomer",
    help="A system-dynamics model of late industrialisation, held against the record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Where = Annotated[
    Path | None,
    typer.Option(
        "--study", metavar="DIR", help="The study; by default this folder, else the reference study."
    ),
]

Iso3 = Annotated[str, typer.Argument(metavar="ISO3", help="A country of the study, by its code.")]

FitName = Annotated[str, typer.Option("--fit", metavar="NAME", help="A fit of the study, or none.")]

VariantName = Annotated[
    str | None, typer.Option("--variant", metavar="NAME", help="A rival structure of the study.")
]

OF_STUDY = "that of the study"

Until = Annotated[
    int | None,
    typer.Option(metavar="YEAR", help="The last year of figures used.", show_default=OF_STUDY),
]

End = Annotated[
    int | None,
    typer.Option(metavar="YEAR", help="The last year that is held against them.", show_default=OF_STUDY),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Save = Annotated[bool, typer.Option("--save", help="Keep the result in the study, with what it is made of.")]

Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the results go.")]


def opened(where: Path | None) -> Study:
    """The study that a command works on."""
    from latecomer.study.study import Study

    return Study(study_root(where))


def message(text: str, aside: bool) -> None:
    """A line on standard output, or on standard error beside JSON."""
    (tables.problem if aside else tables.line)(text)


def version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        tables.line(f"latecomer {__version__}")
        raise typer.Exit


@app.callback()
def common(
    _: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A system-dynamics model of late industrialisation, held against the record."""


@app.command()
def reproduce(out: Out = None, fit: FitName = "reference", where: Where = None) -> None:
    """Run the shipped fit for all its countries, score it against history, and write the report."""
    from latecomer.report.pages import study as whole

    study = opened(where)
    folder = out or output(study.root, "reports")
    with tables.progress() as tick:
        made = whole.reproduce(study, folder, fit, tick)
    tables.reproduction(made)


@app.command()
def check(
    as_json: AsJson = False,
    known: Annotated[
        bool, typer.Option("--known", help="Accept the shortfalls that targets.toml explains, and no other.")
    ] = False,
    fit: FitName = "reference",
    where: Where = None,
) -> None:
    """Check units, hold a fit against its tolerances: exit 0 it holds, 1 it falls short, 2 bad input."""
    from latecomer.evaluation.check import check_fit

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        result = check_fit(study, fit, tick)
    if as_json:
        tables.json_text(result.as_dict())
    else:
        tables.line(f"units: all {result.units} variables have one, and all equations keep to them\n")
        tables.check(result)
    raise typer.Exit(GOOD if result.holds or (known and result.as_known) else SHORT)


@app.command()
def lock(fit: FitName = "reference", where: Where = None) -> None:
    """Lock the numbers, say what moved: exit 0 done, 1 a text prints another or the fit is stale."""
    from latecomer.evaluation.check import lock_numbers

    study = opened(where)
    with tables.progress() as tick:
        made = lock_numbers(study, fit, tick)
    tables.relocked(made)
    raise typer.Exit(SHORT if made.misprints or made.stale else GOOD)


@app.command()
def text(
    iso3: Iso3,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A file to write to.")] = None,
    fit: FitName = "reference",
    where: Where = None,
) -> None:
    """Print the model text with a country's parameters and tables, for Vensim and other tools."""
    from latecomer.outputs import refuse_output, remarked, write_output
    from latecomer.study.template import render_text

    if out is not None:
        refuse_output(out, OTHER)
    study = opened(where)
    rendered = render_text(study, iso3, fit)
    if out is None:
        tables.file_text(rendered)
    else:
        tables.line(f"{iso3} in {write_output(out, remarked(rendered).encode(), OTHER)}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    template: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="reference, the default, or solow: a small study of made-up countries.",
        ),
    ] = None,
    where: Where = None,
) -> None:
    """Start a study of your own: a copy of the rooms of the reference study, or of a template."""
    from latecomer.study.template import REFERENCE, ROOMS, start_study, template_root

    if template is not None and where is not None:
        got, cure = f"'{template}' beside --study", "leave one of them out"
        raise refuse("--template", got, "one study to start from", cure)
    start_study(where or template_root(template or REFERENCE), folder)
    tables.line(f"a study in {folder}: {', '.join(room for room in ROOMS if (folder / room).is_dir())}")
    tables.line(f"next: {first_command(folder)} --study {folder}")


def first_command(folder: Path) -> str:
    """What to do first with a new study: a run, or a fit where it has none."""
    from latecomer.study.study import Study

    study = Study(folder)
    try:
        if study.fits.names():
            return f"latecomer run {study.reference}"
        return f"latecomer calibrate {' '.join(study.countries)} --name reference"
    except InputError:  # what is wrong with it that command will tell
        return "latecomer check"


Workers = Annotated[
    int | None, typer.Option(min=1, max=4096, help="Threads on this machine; all cores by default.")
]

Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786.")
]


def cluster(scheduler: str | None) -> Executor | None:
    """The cluster of a scheduler; None without one."""
    return None if scheduler is None else executor(None, scheduler)


def executor(workers: int | None, scheduler: str | None) -> Executor:
    """Where the runs are made. Raises InputError for threads of this machine beside a cluster."""
    if scheduler is None:
        from latecomer.runs.executor import LocalExecutor

        return LocalExecutor(workers)
    if workers is not None:
        got, cure = f"--scheduler {scheduler} beside it", "leave one of them out"
        raise refuse("--workers", got, "threads of this machine, or a cluster", cure)
    from latecomer.runs.dask import ClusterExecutor

    return ClusterExecutor(scheduler)
