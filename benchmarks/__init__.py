"""The benchmarks of docs/benchmarks.md on real engines: `python -m benchmarks`, or `make bench`."""
