"""The dated rate rules of one contract: a new rule ends the one before it, and no two rules overlap."""

from datetime import date, timedelta

from models.contracts.settings import DatedRule, RateBook
from models.settings.area import SettingRefused

_DAY = timedelta(days=1)


class NoSuchRule(LookupError):
    """No rule begins on that day."""

    def __init__(self, valid_from: date) -> None:
        super().__init__(f"there is no rule from {valid_from}")
        self.valid_from = valid_from


def rule_from(book: RateBook, day: date) -> DatedRule | None:
    """Return the rule that begins on that day, if any."""
    return next((rule for rule in book.rules if rule.valid_from == day), None)


def with_new(book: RateBook, rule: DatedRule) -> RateBook:
    """Return the book with a new rule; the rule that was valid on its first day ends on the day before.

    Raises SettingRefused.
    """
    if rule_from(book, rule.valid_from):
        raise SettingRefused("valid_from", f"there is a rule from {rule.valid_from} already; correct that one instead")
    return _insert(book, rule)


def with_corrected(book: RateBook, valid_from: date, rule: DatedRule) -> RateBook:
    """Return the book with a rule replaced; the replacement begins on the same day.

    Raises NoSuchRule or SettingRefused.
    """
    _require(book, valid_from)
    if rule.valid_from != valid_from:
        raise SettingRefused("valid_from", f"a correction cannot move the rule; it must be {valid_from}")
    return _insert(book, rule)


def with_added_or_corrected(book: RateBook, rule: DatedRule) -> RateBook:
    """Return the book with the rule, in place of one that begins on the same day. Raises SettingRefused."""
    return _insert(book, rule)


def without(book: RateBook, valid_from: date, today: date) -> RateBook:
    """Return the book without a rule that has not begun yet; the rule before it stays valid in its place.

    Raises NoSuchRule, or SettingRefused for a rule that has begun, because months may have been billed by it.
    """
    removed = _require(book, valid_from)
    if valid_from <= today:
        raise SettingRefused(
            "valid_from",
            f"the rule from {valid_from} has begun; to end it, enter a new one from the day after",
        )
    rules = [
        _until(rule, removed.valid_to) if rule.valid_to == valid_from - _DAY else rule
        for rule in book.rules
        if rule is not removed
    ]
    return RateBook(rules=tuple(rules))


def _insert(book: RateBook, rule: DatedRule) -> RateBook:
    before = [each for each in book.rules if each.valid_from < rule.valid_from]
    after = [each for each in book.rules if each.valid_from > rule.valid_from]
    rule = _ending_before(after, rule)
    if before and (before[-1].valid_to is None or before[-1].valid_to >= rule.valid_from):
        _check_gap(before[-1], rule)
        before[-1] = _until(before[-1], rule.valid_from - _DAY)
    return RateBook(rules=(*before, rule, *after))


def _ending_before(after: list[DatedRule], rule: DatedRule) -> DatedRule:
    """Return the rule with an end before the next one begins."""
    if not after:
        return rule
    last = after[0].valid_from - _DAY
    if rule.valid_to is not None and rule.valid_to > last:
        raise SettingRefused(
            "valid_to", f"overlaps the rule from {after[0].valid_from}; it must be {last} or earlier, or left empty"
        )
    return rule if rule.valid_to is not None else _until(rule, last)


def _check_gap(previous: DatedRule, rule: DatedRule) -> None:
    """Raise SettingRefused for a rule in the middle of another: the days after it would have no rule."""
    if rule.valid_to is not None and (previous.valid_to is None or previous.valid_to > rule.valid_to):
        raise SettingRefused(
            "valid_to",
            f"the days after {rule.valid_to} would have no rule, because the rule from {previous.valid_from} ends when "
            "this one begins; leave valid_to empty, and enter another rule for the time after it",
        )


def _until(rule: DatedRule, day: date | None) -> DatedRule:
    return rule.model_copy(update={"valid_to": day})


def _require(book: RateBook, valid_from: date) -> DatedRule:
    rule = rule_from(book, valid_from)
    if rule is None:
        raise NoSuchRule(valid_from)
    return rule
