"""Routes of clients and worklogs."""
