"""The event feed workflow."""
