"""How well a study does: hindcasts, baselines, crises, scores, published numbers."""
