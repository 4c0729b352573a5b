"""What a document shows and how it is worded."""
