"""Figures and pages: a report is made from plain data and knows nothing of how a run was made."""
