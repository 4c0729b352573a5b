"""Routes of each area of the settings."""
