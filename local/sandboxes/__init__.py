"""The sandboxes: local stand-ins for vendors, with their API contracts, peculiarities and faults.

One process serves all of them: `python -m local.sandboxes --port N --state-dir DIR`.
"""
