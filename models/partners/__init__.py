"""Partners whose completed field orders are invoiced: their settings, rate cards and orders."""
