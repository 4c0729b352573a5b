"""Dockets: the signed papers of completed orders, their states, and what makes one valid."""
