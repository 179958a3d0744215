"""Measurements: `python -m tests.bench` prints tables. Nothing is asserted; targets stand beside the figures."""
