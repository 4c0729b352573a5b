"""Forms of the desk: their fields, their keys, and a page that holds one form."""
