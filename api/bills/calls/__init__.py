"""What the routes of vendor bills and the pages of the desk both call."""
