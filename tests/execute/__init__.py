"""Runs at scale."""
