"""Commands of the command line for operators that need PostgreSQL, Temporal and the archive together."""
