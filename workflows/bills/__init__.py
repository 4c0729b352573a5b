"""The workflows of vendor bills: the file, the bill, and the monthly fetch."""
