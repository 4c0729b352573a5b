"""The page of the search in the frame."""
