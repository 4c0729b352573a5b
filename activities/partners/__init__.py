"""Orders and attachments of partners in PostgreSQL and in the object store."""
