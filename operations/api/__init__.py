"""Aktum's API as the commands on other machines use it, with the token of a person or a key."""
