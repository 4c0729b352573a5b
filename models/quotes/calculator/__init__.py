"""The pricing calculator: what a deal brings in, what it costs, and what remains."""
