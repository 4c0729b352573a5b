"""The desk: the pages in which people work, rendered on the server (docs/specification/desk.md)."""
