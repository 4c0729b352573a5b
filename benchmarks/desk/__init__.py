"""The benchmark of the desk: every page, found by its links, and its time."""
