"""The pages of vendor bills: list, detail, lines, files, unmatched resources, and costs by month."""
