"""Every command, put into its group by being imported."""

from latecomer.cli import calibrate, data, evaluate, explain, report, run, runs, scenarios
from latecomer.cli.commands import app

__all__ = ["app", "calibrate", "data", "evaluate", "explain", "report", "run", "runs", "scenarios"]
