"""Observed figures: tables, their lock, panels, and what is derived from them."""
