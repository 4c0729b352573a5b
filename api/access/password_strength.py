"""Refuses passwords that are guessed first: common ones, sequences, repetitions, and the user's own name.

`zxcvbn` knows 30,000 common passwords, words and names, and recognises how people vary them. It knows no Russian ones,
which are often words or rows of keys on the Russian layout, so the same keys on the Latin layout are checked as well.
"""

from threading import Lock
from typing import Final

from zxcvbn import zxcvbn

_LEAST_SCORE: Final = 3  # 10**8 guesses or more
# The time of zxcvbn grows with the square of the length, and with every meaning that signs can have as letters. Without
# these two limits one password can take a minute.
_CHECKED_CHARACTERS: Final = 40
_MOST_SIGNS: Final = 5
_SIGNS: Final = frozenset("@({[<&#!/|$+%")
_SHORTEST_NAME: Final = 3
_LATIN_KEYS: Final = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
_LOCK: Final = Lock()  # zxcvbn keeps the words of a call in a dictionary that all calls share

GUESSABLE: Final = (
    "is easy to guess: it is a common password, a sequence, a repetition or close to the user name; use several words "
    "that have nothing to do with each other"
)


def reason_guessable(username: str, password: str) -> str | None:
    """Return why the password is refused, as a message for its user; None when it is good."""
    return GUESSABLE if any(_score(username, form) < _LEAST_SCORE for form in _forms(username, password)) else None


def _forms(username: str, password: str) -> set[str]:
    """Return the password in the forms in which it must be good: typed on Latin keys, and without the user name."""
    lower, name = password.casefold(), username.casefold()
    without_name = lower.replace(name, "") if len(name) >= _SHORTEST_NAME else lower
    return {password, lower.translate(_LATIN_KEYS), *({without_name} - {lower})}


def _score(username: str, password: str) -> int:
    if not password:
        return 0
    if len(_SIGNS.intersection(password)) > _MOST_SIGNS:
        return _LEAST_SCORE  # no common password has so many different signs
    with _LOCK:
        return int(zxcvbn(password[:_CHECKED_CHARACTERS], user_inputs=[username])["score"])
