"""The form of the issuer, with its tables and its logo."""

from collections.abc import Callable

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Visitor
from tests.http.settings.partner_settings import ISSUER
from tests.http.settings.set_settings import ANY

Visits = Callable[[Role], Visitor]
Callers = Callable[[Role], Caller]


async def test_the_issuer_with_its_tables(visitor: Visits, caller: Callers) -> None:
    data_of(await caller(Role.ADMIN).put("/settings/issuer", ISSUER, headers=ANY))
    admin = visitor(Role.ADMIN)
    fields = (await admin.get("/settings/issuer")).fields()
    typed = {
        "accounts.0.currency": "USD",
        "accounts.0.account_number": "123",
        "accounts.1.currency": "",
        "taxes.1.code": "VAT",
        "taxes.1.rate": "0,12",
        "taxes.1.valid_from": "2026-01-01",
        "taxes.1.by_code_only": "true",
        "review.four_eyes": "any_maker",
        "review.admin_above.0.currency": "UZS",
        "review.admin_above.0.amount": "50 000 000",
        "review.write_off_limits.0.role": "editor",
        "review.write_off_limits.0.currency": "UZS",
        "review.write_off_limits.0.amount": "1000",
        "deadlines.review.escalate_after_hours": "12",
    }
    page = await admin.post("/settings/issuer/edit", {**fields, **typed})
    assert page.status == 400
    told = page.texts("[role=alert]")[0]
    assert "Accounts for one currency each, 1, Bank: is required" in told
    assert "must be more than remind_after_hours, 24" in told
    fixed = {**page.fields(), "accounts.0.bank_name": "Bank", "deadlines.review.escalate_after_hours": "48"}
    saved = await admin.post("/settings/issuer/edit", fixed)
    assert saved.status == 303, saved.text
    value = data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]
    assert [each["currency"] for each in value["accounts"]] == ["USD"]
    assert [(each["code"], each["rate"]) for each in value["taxes"]] == [("SST", "0.08"), ("VAT", "0.12")]
    assert value["review"]["four_eyes"] == "any_maker"
    assert value["review"]["admin_above"] == {"UZS": "50000000.00"}
    assert value["review"]["write_off_limits"] == {"editor": {"UZS": "1000.00"}}
    assert value["deadlines"]["review"]["escalate_after_hours"] == 48

    image = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'
    fields = (await admin.get("/settings/issuer")).fields()
    answer = await admin.upload("/settings/issuer/edit", {"logo": ("logo.svg", image, "image/svg+xml")}, fields)
    assert answer.status == 303, answer.text
    logo = data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]["logo"]
    assert logo.startswith("data:image/svg+xml;base64,")
    kept = {**(await admin.get("/settings/issuer")).fields(), "zone": "Asia/Samarkand"}
    assert (await admin.post("/settings/issuer/edit", kept)).status == 303
    assert data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]["logo"] == logo
    gone = {**(await admin.get("/settings/issuer")).fields(), "logo.removed": "true"}
    assert (await admin.post("/settings/issuer/edit", gone)).status == 303
    assert data_of(await caller(Role.ADMIN).get("/settings/issuer"))["value"]["logo"] is None
