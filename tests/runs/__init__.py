"""The scripts of the room of runs."""

from __future__ import annotations
