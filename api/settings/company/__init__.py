"""Settings of the whole company: number series, and the history of all settings."""
