"""The pages of payables: list with ageing, detail, and commands."""
