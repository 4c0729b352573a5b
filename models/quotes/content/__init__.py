"""What a quote says: lines, the deal of a calculation, and what a person types."""
