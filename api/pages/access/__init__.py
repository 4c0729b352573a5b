"""Pages of the users and of the keys of machines, for admins."""
