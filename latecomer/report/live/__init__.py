"""The page with the model in it."""
