"""The scripts of the room of runs."""
