"""Tests of the mechanisms of the model: one file a mechanism, each by simulation."""
