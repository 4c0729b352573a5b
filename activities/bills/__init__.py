"""The activities of vendor bills."""
