"""Settings: repositories, CSV import and routes."""
