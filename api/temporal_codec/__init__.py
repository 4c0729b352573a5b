"""The codec server for the Temporal Web UI."""
