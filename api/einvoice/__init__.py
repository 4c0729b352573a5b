"""The signatures of acts in Didox: what waits for one, the bytes to sign, and the signature."""
