"""The first page: what waits for whom, and the figures of the finance dashboard."""
