"""What the finance service knows of a bill: the payload of the push, its digest, and the tables of the finance side."""
