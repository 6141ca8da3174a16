"""How well a study does: hindcasts, ablation, crises, coverage, published numbers, accepted scenarios."""
