"""The dry run of an edit: its totals, warnings and page, without a change."""
