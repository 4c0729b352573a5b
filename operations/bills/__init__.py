"""The commands `aktum bills`: importing files of vendor bills, watching a folder, listing bills."""
