"""The first run: the steps of the set-up, and the page that explains how an invoice travels."""
