"""The pages of the sandboxes for a person: what came in, what is kept, and buttons to act as the other side.

A sandbox describes its page (`description.py`); `routes.py` serves it. Plain HTML without JavaScript.
"""
