"""Payables: the tokens and the storing of imports, lists, ageing, and the commands of people."""
