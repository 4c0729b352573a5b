"""The pricing calculator and saved calculations."""
