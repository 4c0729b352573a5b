"""The code of a service: what is complete, which level applies, and that documents without one do not change."""

from typing import Any

import pytest
from pydantic import ValidationError

from activities.delivery.einvoice_act import act_of
from models.contracts.settings import ClientConfig
from models.invoice.commands import Edit, Undo
from models.invoice.content.content import Content, digest
from models.invoice.lifecycle import apply
from models.issuer.service_code import ServiceCode, ServiceCodeInput
from models.issuer.settings import IssuerInput
from tests.fixtures.invoices import NOW, edit, new_invoice
from tests.fixtures.issued_invoices import content

SUPPORT = {"ikpu": "10609001001000000", "package_code": "1492018", "package_name": "услуга (сум)"}
OTHER = {"ikpu": "10799001001000000", "package_code": "1500000", "package_name": "час"}
MEASURE = {"measure_id": 7}


def code(values: dict[str, Any]) -> ServiceCode:
    return ServiceCode.model_validate(values)


@pytest.mark.parametrize("values", [{}, MEASURE, SUPPORT, SUPPORT | {"ikpu_name": "Поддержка ПО"}])
def test_what_is_complete(values: dict[str, Any]) -> None:
    entered = ServiceCodeInput.model_validate(values)
    assert entered.service_code == (code(values) if values else None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ikpu": "123"}, "ikpu"),
        ({"ikpu": SUPPORT["ikpu"]}, "package_code: is required with ikpu"),
        ({"ikpu": SUPPORT["ikpu"], "package_code": "1"}, "package_name: is required with ikpu"),
        (SUPPORT | MEASURE, "measure_id: is for a service without ikpu"),
        ({"package_name": "x"}, "package_name: belongs to a code"),
    ],
)
@pytest.mark.parametrize("model", [ServiceCodeInput, ClientConfig])
def test_what_is_not(model: type[ServiceCodeInput], values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        model.model_validate(values | ({"series": "ACT"} if model is ClientConfig else {}))


def test_the_issuer_keeps_its_code() -> None:
    given = IssuerInput.model_validate({"party": {"name": "ProximaOps"}, "service_code": SUPPORT})
    assert given.issuer.service_code == code(SUPPORT)
    assert IssuerInput.of(given.issuer) == given
    assert IssuerInput.model_validate({"party": {"name": "ProximaOps"}, "service_code": {}}).issuer.service_code is None


def with_codes(*, line: ServiceCode | None = None, contract: ServiceCode | None = None, issuer: Any = None) -> Content:
    made = content()
    lines = (made.lines[0].model_copy(update={"service_code": line}), *made.lines[1:])
    return made.model_copy(
        update={
            "lines": lines,
            "service_code": contract,
            "issuer": made.issuer.model_copy(update={"service_code": issuer}),
        }
    )


@pytest.mark.parametrize(
    ("of", "codes"),
    [
        (with_codes(), [(None, None, 1), (None, None, 1)]),
        (with_codes(issuer=code(MEASURE)), [(None, None, 7), (None, None, 7)]),
        (with_codes(issuer=code(SUPPORT)), [(SUPPORT["ikpu"], "1492018", None)] * 2),
        (with_codes(issuer=code(SUPPORT), contract=code(OTHER)), [(OTHER["ikpu"], "1500000", None)] * 2),
        (
            with_codes(line=code(SUPPORT), contract=code(OTHER)),
            [(SUPPORT["ikpu"], "1492018", None), (OTHER["ikpu"], "1500000", None)],
        ),
    ],
    ids=["none", "measure", "issuer", "contract", "line"],
)
def test_the_narrowest_code_applies(of: Content, codes: list[tuple[str | None, str | None, int | None]]) -> None:
    lines = act_of(of, "ACT-1", measure_id=1).lines
    assert [(line.catalog_code, line.package_code, line.measure_id) for line in lines] == codes


def test_contents_without_a_code_are_written_as_before_and_each_code_changes_the_digest() -> None:
    plain = content()
    written = plain.model_dump(mode="json")
    assert "service_code" not in written
    assert "service_code" not in written["issuer"]
    assert all("service_code" not in line for line in written["lines"])
    coded = (with_codes(issuer=code(SUPPORT)), with_codes(contract=code(SUPPORT)), with_codes(line=code(SUPPORT)))
    assert len({digest(each, "ACT-1") for each in (plain, *coded)}) == 4
    for each in coded:
        assert Content.model_validate(each.model_dump(mode="json")) == each


def test_a_line_gets_a_code_and_an_undo_takes_it_away() -> None:
    draft = new_invoice()
    line_id = draft.content.lines[0].id
    change = {"op": "change", "id": line_id, "service_code": SUPPORT}
    edited = apply(draft, edit(draft, line_changes=(change,)), NOW)
    assert edited.content.lines[0].service_code == code(SUPPORT)
    _, after = edited.journal[-1].changes[f"line {line_id}"]
    assert (after or "").endswith(f"[IKPU {SUPPORT['ikpu']}, package 1492018]")
    back = apply(edited, Undo(by="amina", expected_revision=edited.revision), NOW)
    assert back.content.lines[0].service_code is None
    again = apply(edited, edit(edited, line_changes=({**change, "service_code": {}},)), NOW)
    assert again.content.lines[0].service_code is None


def test_a_line_added_by_hand_has_its_code() -> None:
    draft = new_invoice()
    line = {"description": "Hosting", "unit_price": "5.00", "service_code": OTHER}
    edited = apply(draft, edit(draft, line_changes=({"op": "add", "line": line},)), NOW)
    assert edited.content.lines[-1].service_code == code(OTHER)
    assert isinstance(edit(draft, payment_days=30), Edit)
