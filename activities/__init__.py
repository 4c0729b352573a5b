"""Input and output: the activities of the workflows, and the clients of the external systems."""
