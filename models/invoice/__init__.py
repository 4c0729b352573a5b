"""The invoice: content, status table, commands, effects and events."""
