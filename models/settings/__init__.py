"""Settings that any domain can have: areas, dated settings, exchange rates, CSV sheets and history."""
