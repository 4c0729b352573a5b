"""Input and output: one class for each external system."""
