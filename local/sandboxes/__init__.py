"""Stand-ins for the outside systems that cannot run on a laptop, with their real contract, quirks and faults.

One process serves them all: `python -m local.sandboxes --port N --state-dir DIR`.
"""
