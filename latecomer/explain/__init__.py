"""Counterfactuals, loops, sensitivity, scenario discovery: why a run turned out as it did."""
