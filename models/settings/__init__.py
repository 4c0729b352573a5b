"""Settings that any domain can have: areas, CSV sheets and history."""
