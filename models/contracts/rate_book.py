"""How the rules of one contract follow each other: a new one ends the one before it, and no two overlap."""

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
    """The one that begins on that day."""
    return next((rule for rule in book.rules if rule.valid_from == day), None)


def with_new(book: RateBook, rule: DatedRule) -> RateBook:
    """The rule that is valid on its first day ends on the day before."""
    if rule_from(book, rule.valid_from):
        raise SettingRefused("valid_from", f"there is a rule from {rule.valid_from} already; correct that one instead")
    return _placed(book, rule)


def with_corrected(book: RateBook, valid_from: date, rule: DatedRule) -> RateBook:
    """In the place of the one that begins on that day, and keeps it. Raises NoSuchRule."""
    _expect(book, valid_from)
    if rule.valid_from != valid_from:
        raise SettingRefused("valid_from", f"the rule that is corrected begins on {valid_from}, and goes on doing so")
    return _placed(book, rule)


def with_added_or_corrected(book: RateBook, rule: DatedRule) -> RateBook:
    return _placed(book, rule)


def without(book: RateBook, valid_from: date, today: date) -> RateBook:
    """Only one that has not begun: months may have been billed by the others. The one before it goes on instead.

    Raises NoSuchRule.
    """
    gone = _expect(book, valid_from)
    if valid_from <= today:
        raise SettingRefused(
            "valid_from", f"the rule from {valid_from} has begun; enter a new one from the day on which it shall end"
        )
    rules = [
        _until(rule, gone.valid_to) if rule.valid_to == valid_from - _DAY else rule
        for rule in book.rules
        if rule is not gone
    ]
    return RateBook(rules=tuple(rules))


def _placed(book: RateBook, rule: DatedRule) -> RateBook:
    before = [each for each in book.rules if each.valid_from < rule.valid_from]
    after = [each for each in book.rules if each.valid_from > rule.valid_from]
    rule = _ended_before(after, rule)
    if before and (before[-1].valid_to is None or before[-1].valid_to >= rule.valid_from):
        _check_gap(before[-1], rule)
        before[-1] = _until(before[-1], rule.valid_from - _DAY)
    return RateBook(rules=(*before, rule, *after))


def _ended_before(after: list[DatedRule], rule: DatedRule) -> DatedRule:
    if not after:
        return rule
    last = after[0].valid_from - _DAY
    if rule.valid_to is not None and rule.valid_to > last:
        raise SettingRefused(
            "valid_to", f"overlaps the rule from {after[0].valid_from}; it must be {last} or earlier, or left empty"
        )
    return rule if rule.valid_to is not None else _until(rule, last)


def _check_gap(previous: DatedRule, rule: DatedRule) -> None:
    """A rule in the middle of another would leave the time after it without one, and nobody would notice."""
    if rule.valid_to is not None and (previous.valid_to is None or previous.valid_to > rule.valid_to):
        raise SettingRefused(
            "valid_to",
            f"the rule from {previous.valid_from} would go on after {rule.valid_to}, but ends where this one begins; "
            "leave valid_to empty, and enter another rule for the time after it",
        )


def _until(rule: DatedRule, day: date | None) -> DatedRule:
    return rule.model_copy(update={"valid_to": day})


def _expect(book: RateBook, valid_from: date) -> DatedRule:
    found = rule_from(book, valid_from)
    if found is None:
        raise NoSuchRule(valid_from)
    return found
