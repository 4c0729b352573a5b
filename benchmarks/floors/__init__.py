"""The workflows without decisions beside which the real ones are measured."""
