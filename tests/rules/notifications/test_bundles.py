"""When notices are sent, which of them share a message, and the days that a summary covers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from models.notifications.bundles import LISTED, due_at, messages, sections
from models.notifications.notice import Notice, NoticeKind, short_id
from models.notifications.summary import paid_from

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def notice(n: int, kind: NoticeKind = NoticeKind.APPROVED, amount: str = "10.00", currency: str = "UZS") -> Notice:
    return Notice(
        key=f"i{n}:5:telegram:approvals",
        short_id=short_id(f"i{n}:5"),
        kind=kind,
        invoice_id=f"i{n}",
        at=NOON,
        number=f"ACT-{n}",
        client="ООО «Ромашка»",
        amount=Decimal(amount),
        currency=currency,
    )


@pytest.mark.parametrize(
    ("newest", "due"),
    [
        (0, 10),  # quiet for ten seconds
        (5, 15),
        (49, 59),
        (55, 60),  # but at the latest after a minute
        (600, 60),
    ],
)
def test_notices_wait_for_a_quiet_moment_but_not_long(newest: int, due: int) -> None:
    assert due_at(NOON, NOON + timedelta(seconds=newest)) == NOON + timedelta(seconds=due)


@pytest.mark.parametrize(("count", "expected"), [(1, [1]), (3, [1, 1, 1]), (4, [4]), (200, [200])])
def test_many_share_a_message(count: int, expected: list[int]) -> None:
    told = messages([notice(n) for n in range(count)])
    assert [len(each) for each in told] == expected
    assert [each.key for together in told for each in together] == [notice(n).key for n in range(count)]


def test_a_bundle_has_counts_and_sums_for_each_kind_and_currency() -> None:
    told = [
        *(notice(n) for n in range(198)),
        notice(198, amount="5.50", currency="USD"),
        notice(199, NoticeKind.DECLINED, amount="7.00"),
    ]
    approved, declined = sections(told)
    assert (approved.kind, approved.count) == (NoticeKind.APPROVED, 199)
    assert approved.sums == (("USD", Decimal("5.50")), ("UZS", Decimal("1980.00")))  # 198 * 10.00
    assert (len(approved.listed), approved.more) == (LISTED, 199 - LISTED)
    assert (declined.kind, declined.count, declined.more) == (NoticeKind.DECLINED, 1, 0)


@pytest.mark.parametrize(
    ("day", "weekdays", "first"),
    [
        (date(2026, 4, 1), range(5), date(2026, 3, 31)),  # Wednesday: yesterday
        (date(2026, 4, 6), range(5), date(2026, 4, 3)),  # Monday: from Friday on
        (date(2026, 4, 6), range(7), date(2026, 4, 5)),
        (date(2026, 4, 6), (0,), date(2026, 3, 30)),  # once a week: seven days
        (date(2026, 4, 7), (), date(2026, 4, 6)),  # by hand, without days
    ],
)
def test_a_summary_covers_the_days_since_the_one_before(day: date, weekdays: range, first: date) -> None:
    assert paid_from(day, weekdays) == first
