"""Orders of partners over HTTP: intake, lists, transitions, dockets, blockers, materials and attachments."""
