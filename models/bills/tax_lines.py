"""Tax in a description, for vendors whose files mark it in no other way. See docs/specification/bills.md 3.2."""

import re

# A hyphen or an underscore joins words into one name, such as tax-api.
_TAX_WORD = re.compile(r"(?<![\w-])(gst|vat|sst|tax)(?![\w-])", re.IGNORECASE)


def names_a_tax(description: str) -> bool:
    """Return whether the description has one of the whole words gst, vat, sst and tax."""
    return _TAX_WORD.search(description) is not None
