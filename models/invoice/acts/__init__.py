"""The act of an invoice in Didox: its status, reports that it has changed, and the sweep that finds them."""
