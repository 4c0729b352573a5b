"""The review queue: what waits for an approval, and one document at a time with what a reviewer looks at."""
