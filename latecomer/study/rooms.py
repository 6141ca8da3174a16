"""The rooms of a study, each read when it is first needed, and checked against the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.language import key
from latecomer.study import agreement, hashes
from latecomer.study.countries import Countries, load_countries
from latecomer.study.drivers import Drivers, Points, driver_faults, load_drivers, table_spans
from latecomer.study.fits import Fit, Fits
from latecomer.study.observation_lock import read_lock
from latecomer.study.observations import Observations, load_observations
from latecomer.study.parameters import Parameter, ParameterTable, load_parameters
from latecomer.study.reference import MARK
from latecomer.study.schema import shown
from latecomer.study.targets import Targets, load_targets, target_faults

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.solve import Model

NO_FIT = "none"
# the published figures are those of this method
METHOD = "rk4"


class Rooms:
    """The content of the study in the folder `root`. Raises InputError for a folder without a model text."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        if not (self.root / MARK).is_file():
            got = "a folder without a model text" if self.root.is_dir() else "no such folder"
            expected = f"a study: a folder with {MARK.as_posix()}"
            cure = "name a study with --study DIR, or make one with latecomer init DIR"
            raise refuse(str(self.root), got, expected, cure)

    @cached_property
    def model(self) -> Model:
        """The model of model/latecomer.mdl, ready to run."""
        from latecomer.solve import load_model

        return load_model(self.root / MARK)

    @cached_property
    def parameters(self) -> ParameterTable:
        """The shared parameters."""
        return load_parameters(self.root / "model" / "parameters.toml")

    @cached_property
    def countries(self) -> Countries:
        """The countries by iso3."""
        return load_countries(self.root / "model" / "countries", self.root / "model" / "references.bib")

    @cached_property
    def observations(self) -> Observations:
        """The observed figures."""
        return load_observations(self.root / "calibration" / "observations")

    @cached_property
    def targets(self) -> Targets:
        """What the model is held against; every name in it is known."""
        targets = load_targets(self.root / "calibration" / "targets.toml")
        faults = list(target_faults(targets, self.model.text, self.countries, self.observations))
        if faults:
            raise InputError(faults)
        return targets

    @cached_property
    def drivers(self) -> Drivers:
        """What comes from outside a run; every table of the model text is fed, by a series of its unit."""
        sources = load_drivers(self.root / "model" / "drivers.toml")
        faults = list(driver_faults(sources, self.model.text, self.countries, self.observations))
        if faults:
            raise InputError(faults)
        return Drivers(sources, self.countries, self.observations, table_spans(self.model.text))

    @cached_property
    def fits(self) -> Fits:
        """The fits by name."""
        return Fits(self.root / "calibration" / "fits")

    @cached_property
    def reference(self) -> str:
        """The country that the model text is written for."""
        return agreement.reference_country(self.model.text, self.countries)

    @cached_property
    def agreed(self) -> bool:
        """True; raises InputError with every difference between the model text and the tables."""
        text, own = self.model.text, {iso3: c.parameters for iso3, c in self.countries.items()}
        files = {"parameters.toml": self.parameters} | {f"{iso3}.toml": table for iso3, table in own.items()}
        faults = list(agreement.name_faults(text, self.parameters, self.countries))
        faults += agreement.unit_faults(text, files)
        written = {name: files[name] for name in ("parameters.toml", f"{self.reference}.toml")}
        faults += agreement.value_faults(text, written)
        faults += agreement.table_faults(text, self.drivers, self.reference)
        if faults:
            raise InputError(faults)
        return True

    def fit(self, fit: Fit | str | None) -> Fit | None:
        """A fit by its name; a fit as it is; None for None and for the name "none"."""
        if isinstance(fit, str):
            return None if fit == NO_FIT else self.fits[fit]
        return fit

    def parameter(self, name: str, iso3: str) -> Parameter:
        """A parameter of a country, shared or its own. Raises InputError for an unknown name."""
        tables = {**self.parameters, **self.countries[iso3].parameters}
        by_key = {key(known): known for known in tables}
        if key(name) not in by_key:
            got = "an unknown name"
            variable = self.model.text.find(name)
            if variable is not None:
                got = f"the name of {variable.kind.with_article}"
            raise refuse(f"parameter '{name}'", got, "the name of a parameter", nearest(name, tables))
        return tables[by_key[key(name)]]

    def parameter_values(
        self, iso3: str, fit: Fit | str | None = None, overrides: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """Every parameter of a country: overrides go before the fit, the fit before the tables.

        Result: name and value, in the unit of the model text. Raises InputError for an unknown country or
        parameter, a value outside its range, and a text that disagrees with the tables.
        """
        values = self.parameters.values_by_name | self.countries[iso3].parameters.values_by_name
        chosen = self.fit(fit)
        fitted = {} if chosen is None else chosen.values(iso3)
        faults: list[Fault] = []
        changes = {} if chosen is None else self._allowed(iso3, f"fit '{chosen.name}', ", fitted, faults)
        changes |= self._allowed(iso3, "", overrides or {}, faults)
        if faults:
            raise InputError(faults)
        assert self.agreed
        return values | changes

    def _allowed(
        self, iso3: str, place: str, given: Mapping[str, float], faults: list[Fault]
    ) -> dict[str, float]:
        """The values given, under the names of the text; what is not allowed goes to `faults`."""
        found = {}
        for name, value in given.items():
            try:
                parameter = self.parameter(name, iso3)
            except InputError as error:
                faults.extend(error.faults)
                continue
            if _is_number(value) and parameter.allows(float(value)):
                found[parameter.name] = float(value)
            else:
                where = f"{place}parameter '{name}'"
                faults.append(Fault(where, shown(value), parameter.allowed, "choose such a value"))
        return found

    def tables(self, iso3: str, until: int | None = None) -> dict[str, Points]:
        """{table: (years, values)} of a country; see `Drivers.tables`."""
        return self.drivers.tables(iso3, until)

    def simulate(
        self,
        iso3: str,
        fit: Fit | str | None = None,
        overrides: Mapping[str, float] | None = None,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
        save_every: float | None = None,
    ) -> xr.Dataset:
        """One free run of a country over its window of years: every variable over time.

        With a fit to figures up to a year the country's own drivers are known up to that year only.
        Raises InputError as `parameter_values`, `tables` and `Model.run` do.
        """
        chosen = self.fit(fit)
        window = self.countries[iso3].window
        return self.model.run(
            years=(window.start, window.end) if years is None else years,
            dt=dt,
            method=method or METHOD,
            parameters=self.parameter_values(iso3, chosen, overrides),
            drivers=self.tables(iso3, None if chosen is None else chosen.until),
            save_every=save_every,
            backend="numpy",  # one run is over before JAX has compiled it
        )

    def hashes(self, countries: Iterable[str] | None = None) -> dict[str, str]:
        """The sha256 of what a fit of some countries (all by default) is made from.

        Notes, sources and tolerances are no part of it.
        """
        return {
            "targets": hashes.target_hash(self.targets),
            **self.run_hashes(self.countries if countries is None else countries),
        }

    def run_hashes(self, countries: Iterable[str]) -> dict[str, str]:
        """The sha256 of what runs of some countries are made from."""
        lock = read_lock(self.root / "calibration" / "observations")
        text = (self.root / MARK).read_text(encoding="utf-8")
        return hashes.run_hashes(text, self.parameters, self.drivers, countries, lock)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
