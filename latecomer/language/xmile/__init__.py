"""Models in XMILE, read and written."""
