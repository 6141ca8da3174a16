"""What a study is asked for: check, report, explain, keep."""

from latecomer.session.check import CheckResult, Moved

__all__ = ["CheckResult", "Moved"]
