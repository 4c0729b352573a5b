"""Rendering of documents and their store."""
