"""One invoice: preview, draft, commands, history, and the worklogs of its lines."""
