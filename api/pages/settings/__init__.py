"""The settings: an overview, and for each area a list, forms, a history and CSV files, made from descriptions."""
