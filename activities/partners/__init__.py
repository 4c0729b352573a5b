"""Partners: their terms and orders."""
