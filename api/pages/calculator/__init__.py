"""The calculator: deals side by side, priced while one types, and saved calculations."""
