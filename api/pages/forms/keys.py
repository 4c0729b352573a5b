"""The key of a form: made when the form is shown, so that a double click, a reload and Back execute it once."""

from starlette.datastructures import FormData

from api.deps import LONGEST_KEY
from api.errors import NotFound


def form_key(posted: FormData) -> str:
    """Return the key that was made with the form. Raise NotFound when it was not the desk that made the form."""
    key = posted.get("key")
    if not isinstance(key, str) or not key.isascii() or not key.isprintable() or not 1 <= len(key) <= LONGEST_KEY:
        raise NotFound("This form is incomplete; open the page again.")
    return key
