"""Likelihood, priors, optimise, sample, identify, score: what the model is held against."""
