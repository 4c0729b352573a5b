"""The sandbox of E-IMZO: the program on an accountant's machine that signs with a key."""
