"""The areas of the settings, described: their fields with labels, controls and hints."""
