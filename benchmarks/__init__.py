"""Measures the targets of the design against real engines: `python -m benchmarks`, or `make bench`."""
