"""The limits of PlanFact: the monthly quota is waited for, and nothing is sent while it is used up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.clients.errors import RateLimited
from activities.clients.planfact import quota
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.pace import EARLY_SECONDS as EARLY
from activities.clients.planfact.pace import Pace
from activities.clients.planfact.records import ShipmentDraft
from tests.fixtures.sandboxes import COMPANY_ID, Sandbox

NO_ROWS = {"isSuccess": True, "data": {"items": [], "total": 0}}
SOON = timedelta(minutes=1)


def next_month() -> datetime:
    now = datetime.now(UTC)
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)


class Vendor:
    """A PlanFact that answers with the given status and headers and counts its requests."""

    def __init__(self, **headers: str) -> None:
        self.status, self.headers, self.requests = 200, headers, 0
        transport = httpx.MockTransport(self._answer)
        self.client = PlanFact(httpx.AsyncClient(base_url="http://planfact", transport=transport), COMPANY_ID)

    def _answer(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        return httpx.Response(self.status, json=NO_ROWS, headers=headers)


class TestMonthlyQuota:
    async def test_a_used_up_quota_is_waited_for_and_nothing_more_is_sent(
        self, books: PlanFact, planfact_sandbox: Sandbox, shipment: ShipmentDraft
    ) -> None:
        planfact_sandbox.admin("quota", {"calls": 1})
        renewed = next_month()
        with pytest.raises(RateLimited) as first:
            await books.find_deal("APP-001")
        sent = len(planfact_sandbox.requests())
        calls: list[Callable[[], object]] = [
            lambda: books.find_deal("APP-001"),
            lambda: books.create_shipment(shipment),
            lambda: books.delete_operation(1),
        ]
        for call in calls:
            with pytest.raises(RateLimited) as later:
                await call()  # type: ignore[misc]
            for limit in (first.value, later.value):
                assert limit.retry_after is not None
                assert abs(datetime.now(UTC) + limit.retry_after - renewed) < SOON
                assert f"renewed on {renewed:%Y-%m-%d} at 00:00 UTC" in limit.message
        assert len(planfact_sandbox.requests()) == sent
        assert planfact_sandbox.effects() == []

    async def test_a_write_is_not_begun_if_its_check_would_exceed_the_quota(self, shipment: ShipmentDraft) -> None:
        """After this answer one call is left; a write needs two, a search one."""
        reset = str(int(next_month().timestamp()))
        vendor = Vendor(X_Quota_Remaining="2", X_Quota_Reset=reset)
        await vendor.client.find_deal("APP-001")
        with pytest.raises(RateLimited, match="1 call left, and this step needs 2"):
            await vendor.client.create_shipment(shipment)
        assert vendor.requests == 1
        await vendor.client.find_deal("APP-001")
        assert vendor.requests == 2

    async def test_after_an_hour_one_call_looks_whether_the_quota_was_raised(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendor = Vendor(X_Quota_Remaining="0", X_Quota_Reset=str(int(next_month().timestamp())))
        await vendor.client.find_deal("APP-001")
        with pytest.raises(RateLimited):
            await vendor.client.find_deal("APP-001")
        monkeypatch.setattr(quota, "CHECK_AGAIN", timedelta(0))
        vendor.headers["X_Quota_Remaining"] = "5000"
        await vendor.client.find_deal("APP-001")
        monkeypatch.undo()
        await vendor.client.find_deal("APP-001")
        assert vendor.requests == 3

    async def test_a_quota_that_was_renewed_is_used(self) -> None:
        vendor = Vendor(X_Quota_Remaining="0", X_Quota_Reset=str(int(datetime.now(UTC).timestamp()) - 1))
        await vendor.client.find_deal("APP-001")
        await vendor.client.find_deal("APP-001")
        assert vendor.requests == 2

    @pytest.mark.parametrize("remaining", ["", "many", "-"])
    async def test_an_unreadable_header_limits_nothing(self, remaining: str) -> None:
        vendor = Vendor(X_Quota_Remaining=remaining, X_Quota_Reset="soon")
        await vendor.client.find_deal("APP-001")
        await vendor.client.find_deal("APP-001")
        assert vendor.requests == 2


class TestBusy:
    @pytest.mark.parametrize(("header", "pause"), [({}, 3), ({"Retry_After": "20"}, 20)])
    async def test_a_write(self, shipment: ShipmentDraft, header: dict[str, str], pause: int) -> None:
        """PlanFact recommends 2 to 5 seconds and sends no Retry-After for its lock of writes."""
        vendor = Vendor(X_Quota_Remaining="90000", **header)
        vendor.status = 429
        with pytest.raises(RateLimited) as limit:
            await vendor.client.create_shipment(shipment)
        assert limit.value.retry_after == timedelta(seconds=pause)
        assert vendor.requests == 1

    async def test_a_read_waits_for_the_next_minute(self) -> None:
        vendor = Vendor(X_Quota_Remaining="90000")
        vendor.status = 429
        with pytest.raises(RateLimited) as limit:
            await vendor.client.find_deal("APP-001")
        assert limit.value.retry_after == timedelta(minutes=1)


class TestMinute:
    """The pace within the limit of a minute, with a clock of the test."""

    @given(
        limit=st.integers(40, 600),
        effects=st.lists(st.tuples(st.integers(0, 180), st.integers(1, 9)), min_size=1, max_size=60),
    )
    def test_no_minute_has_more_calls_than_the_limit(self, limit: int, effects: list[tuple[int, int]]) -> None:
        """Each effect comes at a second, and again at its turn; its calls follow at once."""
        now = 0.0
        pace = Pace(lambda: now)
        pace.note({"X-RateLimit-Limit": str(limit)})
        due = [(float(second), f"e{n}", calls) for n, (second, calls) in enumerate(effects)]
        began: list[tuple[float, int]] = []
        while due:
            now, effect, calls = due.pop(due.index(min(due)))
            try:
                pace.begin(effect, calls)
            except RateLimited as limited:
                due.append((now + (limited.retry_after or SOON).total_seconds(), effect, calls))
                continue
            began.append((now, calls))
        assert len(began) == len(effects)
        for start, _ in began:
            assert sum(calls for at, calls in began if start <= at < start + 60 - EARLY) <= limit

    def test_an_effect_keeps_its_turn(self) -> None:
        """Of 60 calls 45 are spread over a minute: 8 take 10.7 s, and the first 20 s are free at once."""
        now = 0.0
        pace = Pace(lambda: now)
        pace.note({"X-RateLimit-Limit": "60"})
        pace.begin("a", 8)
        waits = []
        for effect in ("b", "c", "b", "c"):
            with pytest.raises(RateLimited) as limited:
                pace.begin(effect, 8)
            assert limited.value.retry_after is not None
            waits.append(round(limited.value.retry_after.total_seconds(), 1))
        assert waits == [1.3, 12.0, 1.3, 12.0]  # 2 x 10.7 - 20, 3 x 10.7 - 20
        now = 1.4
        pace.begin("b", 8)

    def test_an_unknown_limit_makes_nothing_wait(self) -> None:
        pace = Pace()
        pace.note({"X-RateLimit-Limit": "many"})
        for n in range(100):
            pace.begin(f"e{n}", 9)
