"""Letters that did not reach a client."""
