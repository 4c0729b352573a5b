"""What an accepted quote becomes: the terms of a contract, and a schedule of fixed amounts."""
