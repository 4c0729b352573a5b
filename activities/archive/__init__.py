"""The archive of issued documents."""
