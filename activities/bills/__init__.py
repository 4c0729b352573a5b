"""Vendor bills: reading their files, writing them and their lines, matching resources, and the push to finance."""
