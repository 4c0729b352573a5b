"""A month of jobs for the four demo partners, as a source system sends them: 60 orders, of which 10 are not ready.

The jobs are those of the last full month, and two of TIME are a month older: their invoices were uploaded long ago.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

from local.demo_data.months import months_to
from models.partners.order_type import OrderType

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
NOON = time(12, tzinfo=ZONE)
# A picture of 1 x 1 pixel, which stands for a scan.
SCAN = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)

# What each partner orders, in turn: type, category and method. All of them are on the rate card.
_WORK = {
    "TIME": (
        (OrderType.ACTIVATION, "FTTH", "PRELAID"),
        (OrderType.ACTIVATION, "FTTH", "NON_PRELAID"),
        (OrderType.ACTIVATION, "FTTO", "NON_PRELAID"),
        (OrderType.ASSURANCE, "FTTH", "ASSURANCE_BASE"),
        (OrderType.ACTIVATION, "FTTR", "FTTR_1_2"),
    ),
    "CELCOM": ((OrderType.ACTIVATION, "FTTH", "PRELAID"), (OrderType.ACTIVATION, "FTTO", "NON_PRELAID")),
    "DIGI": ((OrderType.ACTIVATION, "FTTH", "PRELAID"),),
    "UMOBILE": ((OrderType.ACTIVATION, "FTTH", "PRELAID"),),
}
_GOOD = {"TIME": 7, "CELCOM": 30, "DIGI": 4, "UMOBILE": 9}
_BUILDINGS = ("Menara TM", "Sunway Tower", "Residensi Damai", "Plaza Mont Kiara", "Kondominium Seri Maya")
_INSTALLERS = ("Ravi", "Hafiz", "Kumar")
_ONU = {"code": "ONU", "description": "ONU", "quantity": "1"}
_CABLE = {"code": "DROP-30", "description": "Drop cable", "quantity": "30", "unit_price": "1.20"}

_NO_DOCKET: dict[str, Any] = {"status": "OrderCompleted", "docket": None}
# What each job that is not ready lacks, with its partner.
_NOT_READY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("TIME", _NO_DOCKET),
    ("TIME", {"splitter_id": None, "splitter_port": None}),
    ("TIME", {"order_type": "assurance", "method": "ASSURANCE_BASE", "ticket_id": None, "awo_id": None}),
    ("TIME", {"splitter_port": 32}),
    ("TIME", {"rma": [{"old_serial": "ONU-OLD-5", "new_serial": "ONU-NEW-5"}]}),
    ("TIME", {}),  # a blocker is opened
    ("CELCOM", {"materials": [], "materials_logged": False}),
    ("CELCOM", {"completed_at": None}),
    ("DIGI", {"category": "FTTR", "method": "FTTR_1_1"}),
    ("UMOBILE", {"order_type": "cancellation"}),
)


@dataclass(frozen=True)
class Jobs:
    """The orders as they are sent, and which of them the steps of the demo use."""

    orders: tuple[dict[str, Any], ...]
    not_ready: tuple[str, ...]
    blocked: str  # not ready, because a blocker is open
    batch: str  # the key of Celcom's batch of the month
    batched: tuple[str, ...]
    together: tuple[str, ...]  # of U Mobile, on one invoice
    single: tuple[str, ...]
    not_uploaded: tuple[str, ...]  # of Digi, whose invoices need no review; they wait for their upload
    left_as_draft: str
    of_another_partner: str  # of Digi; it stays where it is
    old: tuple[str, str]  # of TIME; uploaded 46 and 45 days ago


def jobs(today: date) -> Jobs:
    """Return the jobs of the last full month before `today`. They are the same on each day of a month."""
    *_, before, month, _current = months_to(today)
    good = {partner: list(_finished(partner, count, month.business_days)) for partner, count in _GOOD.items()}
    old = (good["TIME"][-2], good["TIME"][-1])
    for order in old:
        order |= _times(before.business_days[0], order["order_key"], 1)
    keys = {partner: [order["order_key"] for order in orders] for partner, orders in good.items()}
    not_ready = list(_unfinished(month.business_days))
    return Jobs(
        orders=(*(order for orders in good.values() for order in orders), *not_ready),
        not_ready=tuple(order["order_key"] for order in not_ready),
        blocked=not_ready[5]["order_key"],
        batch=f"CELCOM.{OrderType.ACTIVATION}.{month.first:%Y-%m}",
        batched=tuple(keys["CELCOM"]),
        together=tuple(keys["UMOBILE"][2:]),
        single=(*keys["TIME"], *keys["DIGI"][:-1], *keys["UMOBILE"][:2]),
        not_uploaded=tuple(keys["DIGI"][:-1]),
        left_as_draft=keys["TIME"][4],
        of_another_partner=keys["DIGI"][-1],
        old=(keys["TIME"][-2], keys["TIME"][-1]),
    )


def noon(today: date, days_ago: int) -> str:
    """Return noon in Kuala Lumpur on that day, as a person types a time."""
    return datetime.combine(today - timedelta(days_ago), NOON).isoformat()


def _finished(partner: str, count: int, days: list[date]) -> Iterator[dict[str, Any]]:
    for number, work in enumerate(islice(cycle(_WORK[partner]), count), 1):
        yield _order(partner, number, days, work)


def _unfinished(days: list[date]) -> Iterator[dict[str, Any]]:
    for number, (partner, changes) in enumerate(_NOT_READY, 901):
        yield _order(partner, number, days, _WORK[partner][0]) | changes


def _order(partner: str, number: int, days: list[date], work: tuple[OrderType, str, str]) -> dict[str, Any]:
    """Return the JSON of a finished job whose docket the source system has validated."""
    order_type, category, method = work
    day = days[number % len(days)]
    key = f"{partner}-{day:%Y%m}-{number:03d}"
    is_assurance = order_type is OrderType.ASSURANCE
    return {
        "order_key": key,
        "source": "field-app",
        "source_version": 1,
        "partner_key": partner,
        "service_id": f"{'TBBN' if partner == 'TIME' else partner}{number:04d}",
        "order_type": order_type.value,
        "category": category,
        "method": method,
        "ticket_id": f"TTKT{number:06d}" if is_assurance else None,
        "awo_id": f"AWO{number:06d}" if is_assurance else None,
        "customer_name": f"Customer {number}",
        "service_address": f"{number} Jalan Ampang, 50450 Kuala Lumpur",
        "building_name": _BUILDINGS[number % len(_BUILDINGS)],
        "splitter_id": f"SPL-{number % 9 + 1}",
        "splitter_ports": 32,
        "splitter_port": number % 31 + 1,
        "installer": _INSTALLERS[number % len(_INSTALLERS)],
        "materials": [_ONU | {"serial": f"ONU-{key}"}, *([_CABLE] if number % 4 == 0 else [])],
        "materials_logged": True,
        "status": "DocketsUploaded",
        **_times(day, key, number),
    }


def _times(day: date, key: str, number: int) -> dict[str, Any]:
    """Return the times of a job of 41 to 70 minutes; the target of a prelaid activation is 60."""
    completed = datetime.combine(day, NOON)
    return {
        "appointment_start": (completed - timedelta(hours=3)).isoformat(),
        "on_the_way_at": (completed - timedelta(minutes=41 + number * 7 % 30)).isoformat(),
        "completed_at": completed.isoformat(),
        "docket": {
            "number": f"D-{key}",
            "received_at": (completed + timedelta(minutes=20)).isoformat(),
            "validated": True,
            "uploaded_at": (completed + timedelta(hours=1)).isoformat(),
        },
    }
