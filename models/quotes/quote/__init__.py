"""Quotes: versions, commands, effects, timers and links (docs/specification/quotes.md 4 to 6)."""
