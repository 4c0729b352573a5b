"""Value objects and base types that every domain uses."""
