"""Runs: store, resume, distribute."""
