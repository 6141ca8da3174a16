"""A country of a panel, put into a study by rule."""
