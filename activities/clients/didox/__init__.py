"""The client of Didox, the operator of electronic documents in Uzbekistan."""
