"""Where webhooks may go, which events an endpoint wants, and when a delivery is tried again."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from models.events.event_types import EventType
from models.events.webhooks.endpoint import EndpointChange, NewEndpoint, wants
from models.events.webhooks.retries import is_delivered, next_pause, reason_to_disable
from models.events.webhooks.target import TargetRules, is_public
from settings import WebhookSettings
from tests.fixtures.invoices import NOW

STRICT, LAPTOP = TargetRules(), TargetRules(allow_http=True, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.1", "10.0.0.5", "172.16.0.1", "172.31.255.254", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
        # IPv4 addresses inside IPv6 ones: mapped, 6to4, NAT64
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_addresses_inside_a_network_are_not_called(address: str) -> None:
    assert not is_public(address)
    assert not STRICT.may_connect(address)
    assert LAPTOP.may_connect(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are_called(address: str) -> None:
    assert STRICT.may_connect(address)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://erp.example.com/hook", "https"),
        ("ftp://erp.example.com/hook", "https"),
        ("erp.example.com/hook", "https"),
        ("https://", "host"),
        ("https:///hook", "host"),
        ("https://erp.example.com:0/", "port"),
        ("https://erp.example.com:99999/", "valid"),
        ("https://[::1/", "valid"),
        ("https://user:secret@erp.example.com/", "password"),
        ("https://user@erp.example.com/", "password"),
        ("https://erp.example.com/#part", "fragment"),
        ("https://пример.example/", "ASCII"),
        ("https://erp.example.com/a b", "ASCII"),
        ("https://erp.example.com\\@10.0.0.1/", "ASCII"),
        ("https://localhost/hook", "network"),
        ("https://LOCALHOST./hook", "network"),
        ("https://db.internal/hook", "network"),
        ("https://127.0.0.1/hook", "network"),
        ("https://127.1/hook", "network"),
        ("https://2130706433/hook", "network"),
        ("https://0x7f.0.0.1/hook", "network"),
        ("https://10.1.2.3:8443/hook", "network"),
        ("https://[::1]/hook", "network"),
        ("https://[::ffff:10.0.0.1]/hook", "network"),
        ("https://169.254.169.254/latest/meta-data", "network"),
        ("https://erp.example.com/" + "a" * 2000, "2000"),
    ],
)
def test_a_url_that_may_not_be_used_is_refused_with_the_reason(url: str, word: str) -> None:
    problem = STRICT.problem(url)
    assert problem is not None
    assert word in problem


@pytest.mark.parametrize(
    "url", ["https://erp.example.com/hook", "https://erp.example.com:8443/a?b=c", "https://1.1.1.1/"]
)
def test_https_to_a_public_host_is_allowed(url: str) -> None:
    assert STRICT.problem(url) is None


def test_a_laptop_may_use_http_to_itself() -> None:
    assert LAPTOP.problem("http://127.0.0.1:9000/receive") is None
    assert "https" in (TargetRules(allow_private=True).problem("http://127.0.0.1/") or "")
    assert "network" in (TargetRules(allow_http=True).problem("http://127.0.0.1/") or "")


def test_an_endpoint_gets_its_types_or_all_of_them() -> None:
    some = NewEndpoint(url="https://a.example", event_types=("invoice.paid", "invoice.sent", "invoice.paid"))
    assert some.event_types == ("invoice.paid", "invoice.sent")
    assert wants(some.event_types, EventType.PAID)
    assert not wants(some.event_types, EventType.OVERDUE)
    assert NewEndpoint(url="https://a.example").event_types == ("*",)
    assert wants(("*",), EventType.OVERDUE)
    with pytest.raises(ValidationError, match=r"invoice\.payed is no event type"):
        NewEndpoint(url="https://a.example", event_types=("invoice.payed",))
    with pytest.raises(ValidationError):
        EndpointChange(event_types=())


def test_the_pauses_are_those_of_the_standard_and_then_it_is_given_up() -> None:
    """Standard Webhooks: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; the last try is after 75:35:05."""
    pauses = WebhookSettings().pauses
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert pauses == (
        timedelta(seconds=5),
        *(5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour),
    )
    assert sum(pauses, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert [next_pause(pauses, failed) for failed in range(1, 11)] == [*pauses, None]


def test_a_receiver_may_ask_for_a_longer_pause_of_a_day_at_most() -> None:
    pauses = (timedelta(seconds=5), timedelta(seconds=300))
    assert next_pause(pauses, 1, timedelta(seconds=60)) == timedelta(seconds=60)
    assert next_pause(pauses, 2, timedelta(seconds=60)) == timedelta(seconds=300)
    assert next_pause(pauses, 1, timedelta(days=400)) == timedelta(days=1)
    assert next_pause(pauses, 3, timedelta(seconds=60)) is None


@pytest.mark.parametrize("text", ["", "5,", "5,-1", "0", "a", "5;300", "2592001"])
def test_pauses_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings(retry_seconds=text)


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (202, True), (299, True), (199, False), (300, False)])
def test_a_2xx_is_a_delivery(status: int, delivered: bool) -> None:
    assert is_delivered(status) is delivered
    assert not is_delivered(None)


def test_an_endpoint_is_disabled_when_it_asks_or_fails_for_days() -> None:
    five = timedelta(days=5)
    assert "410" in (reason_to_disable(410, NOW, NOW, five) or "")
    assert reason_to_disable(500, NOW, NOW + five - timedelta(seconds=1), five) is None
    assert "since 20" in (reason_to_disable(None, NOW, NOW + five, five) or "")
