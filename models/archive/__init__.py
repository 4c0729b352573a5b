"""The files that the archive must hold, and the comparison of the bucket with the database."""
