"""Measures the targets of docs/benchmarks.md against real engines: `python -m benchmarks`, or `make bench`."""
