"""Bills of cloud vendors: their lines in the terms of FOCUS, their formats, matching, and what is pushed to finance."""
