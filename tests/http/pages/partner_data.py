"""A partner with a rate, and its orders, for tests of the pages. Today is 1 March 2026."""

from uuid import uuid4

from tests.fixtures.orders import intake_fields
from tests.http.callers import Caller, data_of


async def made_partner(manager: Caller, admin: Caller, **settings: object) -> str:
    """Return the key of a new partner: 75 for an activation, 145 for a prelaid one."""
    key = f"P{uuid4().hex[:12].upper()}"
    series = {"key": f"S-{key}", "pattern": f"{key}-{{year}}-{{seq:05d}}", "last_number": 0}
    data_of(await admin.put("/settings/issuer", {"party": {"name": "Cephas Sdn Bhd"}}, headers={"If-Match": "*"}))
    data_of(await admin.post("/settings/number-series", series), 201)
    fields = {"name": f"Partner {key}", "series": f"S-{key}", "order_types": ["activation"], **settings}
    data_of(await manager.put(f"/settings/partners/{key}", fields))
    rate = {"partner": key, "order_type": "activation", "category": "FTTH", "valid_from": "2026-01-01"}
    data_of(await manager.post("/settings/rate-cards", rate | {"amount": "75"}), 201)
    data_of(await manager.post("/settings/rate-cards", rate | {"amount": "145", "method": "PRELAID"}), 201)
    return key


async def received(editor: Caller, partner: str, number: int = 1, **changes: object) -> str:
    """Store a finished order of the partner; return its key."""
    order_key = f"{partner}-{number}"
    answer = await editor.post("/orders", intake_fields(order_key, partner_key=partner, **changes))
    assert answer.status_code == 201, answer.text
    return order_key
