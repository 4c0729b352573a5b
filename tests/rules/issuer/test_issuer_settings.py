"""The settings of the issuer: taxes and logo, the start of a number series, and the classification of projects."""

from base64 import b64encode
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.contracts.terms import ProjectClass
from models.invoice.content.content import digest
from models.issuer.issuer import BankAccount, Issuer, Party, TaxRate, issuer_of_settings
from models.issuer.logo import MAX_BYTES, check_logo
from models.issuer.settings import AccountInput, IssuerInput, PartyInput, ReviewInput, Series, check_seed
from models.issuer.tax_table import TaxRow
from models.partners.partner import tax_of_code
from models.settings.area import SettingRefused
from tests.fixtures.invoices import contract, drafted, terms, workdays

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0" fill="url(#g)"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def uri(data: bytes | str, kind: str = "svg+xml") -> str:
    raw = data.encode() if isinstance(data, str) else data
    return f"data:image/{kind};base64,{b64encode(raw).decode()}"


@pytest.mark.parametrize("logo", [uri(SVG), uri(PNG, "png"), uri("<?xml version='1.0'?>" + SVG)])
def test_a_logo_is_kept_as_it_is(logo: str) -> None:
    assert check_logo(logo) == logo


def test_line_breaks_in_the_base64_are_taken_out() -> None:
    logo = uri(SVG)
    assert check_logo(f"{logo[:60]}\n{logo[60:]}\n") == logo


@pytest.mark.parametrize(
    ("logo", "words"),
    [
        ("https://example.com/logo.svg", "must be an SVG or PNG"),
        (uri(SVG, "gif"), "must be an SVG or PNG"),
        ("data:image/png;base64,abc", "base64 cannot be read"),
        (uri("no picture", "png"), "not a PNG"),
        (uri(PNG + bytes(MAX_BYTES), "png"), "200 kB at the most"),
        (uri("<html/>"), "not an SVG"),
        (uri("<svg"), "SVG that cannot be read"),
        (uri('<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>'), "DOCTYPE"),
        (uri("<svg><script>alert(1)</script></svg>"), "<script>"),
        (uri('<svg><x:foreignObject xmlns:x="y"/></svg>'), "<x:foreignObject>"),
        (uri('<svg onload="alert(1)"/>'), "onload"),
        (uri('<svg><image href="https://example.com/a.png"/></svg>'), "loads another file"),
        (uri('<svg><a xlink:href="javascript:alert(1)" xmlns:xlink="x"/></svg>'), "loads another file"),
        (uri('<svg><rect style="fill:url(https://example.com/a)"/></svg>'), "loads another file"),
        (uri("<svg><style>@import 'a.css';</style></svg>"), "loads another file"),
    ],
)
def test_a_bad_logo_is_refused(logo: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_logo(logo)


def test_an_issuer_without_a_logo_keeps_earlier_digests() -> None:
    """Approvals name a digest, so an empty new field must not change the digests of existing invoices."""
    assert "logo" not in Issuer(party=Party(name="P")).model_dump_json()
    plain = drafted()
    with_logo = plain.model_copy(update={"issuer": plain.issuer.model_copy(update={"logo": uri(SVG)})})
    assert digest(plain, "ACT-1") != digest(with_logo, "ACT-1")


@pytest.mark.parametrize(
    ("given", "model", "of_the_client"),
    [
        (IssuerInput, Issuer, set()),
        (PartyInput, Party, set()),
        (AccountInput, BankAccount, set()),
        (TaxRow, TaxRate, {"included"}),
    ],
)
def test_every_field_of_an_issuer_can_be_set(given: type, model: type, of_the_client: set[str]) -> None:
    assert given.model_fields.keys() == model.model_fields.keys() - of_the_client  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("setting", "policy", "shown"),
    [
        (False, (False, False), False),
        (None, (False, False), False),
        (True, (True, True), "any_maker"),
        ("any_maker", (True, True), "any_maker"),
        ("finaliser", (True, False), "finaliser"),
    ],
)
def test_four_eyes_count_every_maker_unless_only_the_finaliser_is_named(
    setting: object, policy: tuple[bool, bool], shown: object
) -> None:
    given = IssuerInput.model_validate({"party": {"name": "P"}, "review": {"four_eyes": setting}})
    review = given.issuer.review
    assert (review.four_eyes, review.any_maker) == policy
    again = IssuerInput.of(issuer_of_settings(given.issuer.model_dump(mode="json")))
    assert again == given
    assert again.model_dump(mode="json")["review"] == {
        "four_eyes": shown,
        "admin_above": {},
        "write_off_limits": {},
    }


@pytest.mark.parametrize("wrong", ["everyone", "true", 1, "", ["finaliser"]])
def test_other_values_of_four_eyes_are_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        ReviewInput.model_validate({"four_eyes": wrong})


def test_settings_of_an_older_release_count_every_maker_in_new_drafts() -> None:
    """An open draft keeps the rule of its release, because it holds its own copy."""
    stored = {"party": {"name": "P"}, "review": {"four_eyes": True, "admin_above": {"UZS": "10.00"}}}
    review = issuer_of_settings(stored).review
    assert (review.four_eyes, review.any_maker, review.admin_above) == (True, True, {"UZS": Decimal("10.00")})
    assert not Issuer.model_validate(stored).review.any_maker
    assert not issuer_of_settings({"party": {"name": "P"}}).review.four_eyes


def tax(start: str, end: str | None, code: str = "QQS") -> dict[str, Any]:
    return {"code": code, "rate": "0.12", "valid_from": start, "valid_to": end}


def test_a_tax_by_code_only_stands_beside_the_usual_one() -> None:
    """Uzbek VAT for clients, Malaysian service tax of 8 % for the partners that name it."""
    service_tax = {**tax("2024-03-01", None, "SST"), "rate": "0.08", "by_code_only": True}
    settings = IssuerInput.model_validate({"party": {"name": "P"}, "taxes": [tax("2025-01-01", None), service_tax]})
    day = date(2026, 2, 1)
    usual = settings.issuer.tax_on(day)
    named = tax_of_code(settings.issuer, "SST", day)
    assert (usual and usual.code, named and named.rate) == ("QQS", Decimal("0.08"))
    assert settings.issuer.tax_on(date(2024, 12, 31)) is None


def test_a_tax_for_all_keeps_earlier_digests() -> None:
    assert "by_code_only" not in TaxRate.model_validate(tax("2025-01-01", None)).model_dump_json()


def test_taxes_are_put_in_order() -> None:
    taxes = [tax("2026-01-01", None, "NEW"), tax("2025-01-01", "2025-12-31", "OLD")]
    settings = IssuerInput.model_validate({"party": {"name": "P"}, "taxes": taxes})
    assert [(t.code, t.rate) for t in settings.issuer.taxes] == [("OLD", Decimal("0.12")), ("NEW", Decimal("0.12"))]


@pytest.mark.parametrize(
    "wrong",
    [
        {"taxes": [tax("2025-01-01", None), tax("2026-01-01", None)]},
        {"taxes": [tax("2025-01-01", "2026-01-01"), tax("2026-01-01", None)]},
        {"taxes": [tax("2025-01-01", None), tax("2025-06-01", None, "SST")]},
        {"taxes": [tax("2025-01-01", None, "SST"), tax("2025-06-01", None, "SST") | {"by_code_only": True}]},
        {
            "taxes": [
                tax("2025-01-01", None),
                {**tax("2025-02-01", None, "SST"), "by_code_only": True},
                tax("2025-03-01", None, "VAT"),
            ]
        },
        {"taxes": [tax("2026-01-01", "2025-01-01")]},
        {"taxes": [tax("2026-01-01", None) | {"rate": "12"}]},
        {"party": {"name": ""}},
        {"zone": "Tashkent"},
        {"notice_email": "finance"},
        {"logo": "logo.png"},
        {"review": {"admin_above": {"GPB": "1"}}},
        {"review": {"write_off_limits": {"admin": {"UZS": "1"}}}},
        {"review": {"write_off_limits": {"viewer": {"UZS": "1"}}}},
        {"review": {"write_off_limits": {"editor": {"UZS": "-1"}}}},
    ],
)
def test_a_bad_issuer(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        IssuerInput.model_validate({"party": {"name": "P"}} | wrong)


@pytest.mark.parametrize("pattern", ["ACT", "ACT-{number}", "ACT/{seq}", "ACT-{seq:>9}", "A" * 42 + "{seq}"])
def test_a_bad_pattern(pattern: str) -> None:
    with pytest.raises(ValidationError):
        Series(pattern=pattern)


@pytest.mark.parametrize(
    ("current", "requested", "highest", "reason", "refused"),
    [
        (None, 17, None, None, None),  # the last number of the old system
        (17, 20, None, None, None),
        (20, 17, None, None, "reason"),
        (20, 17, None, "a typing error", None),
        (20, 19, 20, "a typing error", "last_number"),
        (20, 25, 20, None, "reason"),
        (20, 25, 20, "21 to 25 were written by hand", None),
        (25, 20, 20, "they were not", None),
        (20, 20, 20, None, None),
    ],
)
def test_where_a_series_starts(
    current: int | None, requested: int, highest: int | None, reason: str | None, refused: str | None
) -> None:
    if refused is None:
        check_seed(current, requested, highest, reason)
        return
    with pytest.raises(SettingRefused) as caught:
        check_seed(current, requested, highest, reason)
    assert caught.value.path == refused


@pytest.mark.parametrize("kind", [ProjectClass.INTERNAL, ProjectClass.OVERHEAD])
def test_hours_of_a_project_that_is_not_billable_are_left_out_with_a_warning(kind: ProjectClass) -> None:
    mine = workdays(48)
    theirs = tuple(w.model_copy(update={"project_label": "OFFICE", "worklog_id": f"o{n}"}) for n, w in enumerate(mine))
    content = drafted(contract((*mine, *theirs)), terms(classifications={"OFFICE": kind, "PROJ": "billable"}))
    # 48 hours, 40 inside: 8 x 150,000 on top of 15,000,000; the other 48 are not billed.
    assert (content.totals.total_hours, content.totals.total_amount) == (Decimal("48.00"), Decimal("16200000.00"))
    assert f"48.00 hours of project OFFICE are not billed: it is classified as {kind}." in content.warnings
    both = drafted(contract((*mine, *theirs)))
    assert (both.totals.total_hours, both.warnings) == (Decimal("96.00"), ())
