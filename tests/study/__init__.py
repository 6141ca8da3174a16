"""Tests of latecomer.study."""
