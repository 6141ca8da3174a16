"""A study, ready to be asked: run, fit, score, check, reproduce."""

from latecomer.session.check import CheckResult, Moved
from latecomer.session.study import Study

__all__ = ["CheckResult", "Moved", "Study"]
