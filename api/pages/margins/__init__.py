"""The margin explorer: rows, trend, worklogs, contracts below the target, and files."""
