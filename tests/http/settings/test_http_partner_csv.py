"""Partners and rates as CSV files (docs/specification/partners.md 1.5, 2.5)."""

from typing import Any

from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.csv_calls import as_file, exported, outcomes, send, wrong
from tests.http.settings.partner_settings import rate
from tests.http.settings.set_settings import changes

# The columns of the company's earlier files, as the later documents have them.
EARLIER = (
    "PartnerName,PartnerCode,DepartmentName,OrderTypeName,ServiceCategory,InstallationMethodName,Description,Amount,"
    "TaxRate,IsActive"
)


async def listed(caller: Caller, key: str) -> dict[str, dict[str, Any]]:
    found = (await caller.get("/settings/rate-cards", params={"search": f"{key}.", "per_page": 500})).json()
    return {each["key"]: each["value"] for each in found["data"]}


async def test_a_file_of_the_earlier_system_is_read(manager: Caller, partner: str) -> None:
    text = "\n".join(
        [
            EARLIER,
            f"TIME,{partner},GPON,ACTIVATION,FTTH,Prelaid,Prelaid unit,150.00,0,True",
            f"TIME,{partner.lower()},GPON,ACTIVATION,FTTH,Non Prelaid,,330,8,True",
            f"Partner {partner},,,Modification_Outdoor,FTTO,,,1 500.50,0.08,False",
        ]
    )
    report = data_of(await send(manager, "rate-cards", text))
    assert (outcomes(report), report["applied"]) == ([(2, "ok"), (3, "ok"), (4, "ok")], False)
    assert await listed(manager, partner) == {}
    assert data_of(await send(manager, "rate-cards", text, dry_run=False))["applied"] is True
    found = await listed(manager, partner)
    assert list(found) == [
        f"{partner}.activation.FTTH.NON_PRELAID.MYR.2000-01-01",
        f"{partner}.activation.FTTH.PRELAID.MYR.2000-01-01",
        f"{partner}.modification_outdoor.FTTO.any.MYR.2000-01-01",
    ]
    non_prelaid, prelaid, modification = found.values()
    assert (prelaid["amount"], prelaid["tax_code"], prelaid["department"]) == ("150.00", None, "GPON")
    assert (non_prelaid["amount"], non_prelaid["tax_code"]) == ("330.00", "SST")
    assert (modification["amount"], modification["tax_code"], modification["active"]) == ("1500.50", "SST", False)
    [change] = await changes(manager, "rate-cards", f"{partner}.activation.FTTH.PRELAID.MYR.2000-01-01")
    assert (change["by"], change["reason"]) == ("marat", "CSV import")
    again = data_of(await send(manager, "rate-cards", text, dry_run=False))
    assert {outcome for _, outcome in outcomes(again)} == {"unchanged"}


async def test_an_exported_rate_card_can_be_imported(manager: Caller, partner: str) -> None:
    rows = (
        rate(partner=partner, method="PRELAID", valid_to="2026-06-30", description="Prelaid; indoor"),
        rate(partner=partner, method="PRELAID", valid_from="2026-07-01", amount="160", tax_code="SST"),
        rate(partner=partner, category="FTTO", active=False, currency="USD", department="GPON"),
    )
    for each in rows:
        data_of(await manager.post("/settings/rate-cards", each), 201)
    header, found = await exported(manager, "rate-cards", f"Partner {partner}")
    assert header == f"{EARLIER},GroupCode,Currency,TaxCode,ValidFrom,ValidTo"
    assert [(row["Amount"], row["ValidFrom"], row["TaxCode"], row["IsActive"]) for row in found] == [
        ("150.00", "2026-01-01", "", "true"),
        ("160.00", "2026-07-01", "SST", "true"),
        ("150.00", "2026-01-01", "", "false"),
    ]
    assert {outcome for _, outcome in outcomes(data_of(await send(manager, "rate-cards", as_file(header, found))))} == {
        "unchanged"
    }


async def test_each_bad_row_is_named_and_nothing_is_imported(manager: Caller, partner: str) -> None:
    data_of(await manager.post("/settings/rate-cards", rate(partner=partner)), 201)
    header = "PartnerCode,GroupCode,OrderTypeName,ServiceCategory,Amount,TaxRate,ValidFrom,ValidTo"
    text = "\n".join(
        [
            header,
            f"{partner},,ACTIVATION,FTTO,150,,2026-01-01,",
            "NOBODY,,ACTIVATION,FTTO,150,,2026-01-01,",
            ",NOBODY,ACTIVATION,FTTO,150,,2026-01-01,",
            f"{partner},,DEMOLITION,FTTO,a lot,,2026-01-01,",
            f"{partner},,ACTIVATION,,150,,2026-01-01,",
            f"{partner},,ASSURANCE,FTTH,80,7,2026-01-01,",
            f"{partner},,ACTIVATION,FTTO,160,,2026-01-01,",
            f"{partner},,ACTIVATION,FTTH,160,,2026-02-01,",
            f"{partner},,ASSURANCE,FTTC,80,,2026-02-01,2026-01-01",
            f"{partner},{partner},ASSURANCE,FTTR,80,,,",
        ]
    )
    report = data_of(await send(manager, "rate-cards", text))
    assert [(row, column) for row, column, _ in wrong(report)] == [
        (3, "PartnerCode"),
        (4, "GroupCode"),
        (5, "OrderTypeName"),
        (5, "Amount"),
        (6, "ServiceCategory"),
        (7, "TaxRate"),
        (8, None),
        (9, "ValidFrom"),
        (10, "ValidTo"),
        (11, "GroupCode"),
    ]
    assert report["counts"] == {"ok": 1, "error": 9}
    error = error_of(await send(manager, "rate-cards", text, dry_run=False), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "row 3, PartnerCode"
    assert len(await listed(manager, partner)) == 1


async def test_one_file_ends_a_rate_and_begins_the_next(manager: Caller, partner: str) -> None:
    made = data_of(await manager.post("/settings/rate-cards", rate(partner=partner, description="old")), 201)
    header = "PartnerCode,OrderTypeName,ServiceCategory,Amount,ValidFrom,ValidTo"
    text = f"{header}\n{partner},activation,FTTH,160,2026-07-01,\n{partner},activation,FTTH,150,2026-01-01,2026-06-30\n"
    assert outcomes(data_of(await send(manager, "rate-cards", text, dry_run=False))) == [(2, "ok"), (3, "changed")]
    first, second = (await listed(manager, partner)).values()
    # The file has no description, so it stays.
    assert first == made["value"] | {"valid_to": "2026-06-30"}
    assert (second["amount"], second["valid_from"]) == ("160.00", "2026-07-01")
    # Without the first day the row could be either.
    text = f"PartnerCode,OrderTypeName,ServiceCategory,Amount\n{partner},activation,FTTH,170\n"
    assert [found[:2] for found in wrong(data_of(await send(manager, "rate-cards", text)))] == [(2, "ValidFrom")]


async def test_a_row_without_a_first_day_is_the_only_rate_of_its_work(manager: Caller, partner: str) -> None:
    made = data_of(await manager.post("/settings/rate-cards", rate(partner=partner, tax_code="SST")), 201)
    text = f"PartnerCode,OrderTypeName,ServiceCategory,Amount\n{partner},activation,FTTH,170\n"
    assert outcomes(data_of(await send(manager, "rate-cards", text, dry_run=False))) == [(2, "changed")]
    assert await listed(manager, partner) == {made["key"]: made["value"] | {"amount": "170.00"}}


async def test_a_file_needs_the_columns_that_price_a_job(manager: Caller) -> None:
    response = await send(manager, "rate-cards", "PartnerCode,OrderTypeName,Amount\nTIME,activation,150\n")
    error = error_of(response, 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "file"
    assert "ServiceCategory" in error["message"]


async def test_partners_and_groups_are_exported_and_imported(manager: Caller, partner: str, code: str) -> None:
    contacts = [
        {"name": "Nurul Aina", "email": "nurul@time.example", "phone": "+60 3-5555 0100"},
        {"name": "Lim", "email": "lim@time.example", "phone": ""},
    ]
    before = data_of(await manager.get(f"/settings/partners/{partner}"))
    value = before["value"] | {"contacts": contacts, "terms": "45 days.\nNo set-off."}
    data_of(await manager.put(f"/settings/partners/{partner}", value, headers={"If-Match": "*"}))
    header, [row] = await exported(manager, "partners", partner)
    assert row["contacts"] == "Nurul Aina <nurul@time.example> +60 3-5555 0100; Lim <lim@time.example>"
    assert row["order_types"] == "activation assurance"
    assert outcomes(data_of(await send(manager, "partners", as_file(header, [row])))) == [(2, "unchanged")]
    changed = as_file(header, [row | {"order_types": "ACTIVATION SDU", "payment_days": "30", "contacts": ""}])
    assert outcomes(data_of(await send(manager, "partners", changed, dry_run=False))) == [(2, "changed")]
    after = data_of(await manager.get(f"/settings/partners/{partner}"))["value"]
    assert after == value | {"order_types": ["activation", "sdu"], "payment_days": 30, "contacts": []}
    bad = as_file(header, [row | {"contacts": "Nurul nurul@time.example", "series": "no such series"}])
    assert [found[:2] for found in wrong(data_of(await send(manager, "partners", bad)))] == [(2, "contacts")]
    groups = f"key,name\n{code},New name\n"
    assert outcomes(data_of(await send(manager, "partner-groups", groups, dry_run=False))) == [(2, "changed")]


async def test_installer_rates_are_exported_and_imported(manager: Caller, code: str) -> None:
    header = "Installer,InstallerType,Level,OrderTypeName,ServiceCategory,Amount"
    text = f"{header}\n{code},,,Activation,FTTH,45\n,Subcon,{code},Activation,FTTH,60\n,,,Activation,FTTH,60\n"
    report = data_of(await send(manager, "installer-rates", text))
    assert [found[:2] for found in wrong(report)] == [(4, "Installer")]
    good = text.rsplit("\n", 2)[0]
    assert outcomes(data_of(await send(manager, "installer-rates", good, dry_run=False))) == [(2, "ok"), (3, "ok")]
    header, [row] = await exported(manager, "installer-rates", code)
    assert (row["Amount"], row["Currency"], row["ValidFrom"]) == ("45.00", "MYR", "2000-01-01")
    assert outcomes(data_of(await send(manager, "installer-rates", as_file(header, [row])))) == [(2, "unchanged")]
