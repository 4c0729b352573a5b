"""Partners over HTTP: their orders, dockets and attachments."""
