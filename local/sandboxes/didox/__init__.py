"""The sandbox of Didox."""
