"""The types of orders and the spellings in which they arrive (docs/specification/partners.md 1.2)."""

import pytest

from models.partners.order_type import OrderType, WorkType, read_order_type, work_type


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("activation", OrderType.ACTIVATION),
        ("ACTIVATION", OrderType.ACTIVATION),
        (" Activation ", OrderType.ACTIVATION),
        ("MODIFICATION_INDOOR", OrderType.MODIFICATION_INDOOR),
        ("Modification Outdoor", OrderType.MODIFICATION_OUTDOOR),
        ("Modification", OrderType.MODIFICATION_INDOOR),
        ("Assurance", OrderType.ASSURANCE),
        ("Value Added Service", OrderType.VALUE_ADDED_SERVICE),
        ("SDU", OrderType.SDU),
        ("RDF Pole", OrderType.RDF_POLE),
        ("SDU / RDF POLE", OrderType.SDU),
        ("Cancellation", OrderType.CANCELLATION),
    ],
)
def test_the_spellings_of_the_documents_are_read(text: str, expected: OrderType) -> None:
    assert read_order_type(text) is expected


@pytest.mark.parametrize("text", ["", "installation", "activation2x", "activation 2", "актив", None, 5, True])
def test_other_texts_are_refused_with_the_types_that_exist(text: object) -> None:
    with pytest.raises(ValueError, match="must be one of activation, modification_indoor"):
        read_order_type(text)


def test_every_type_has_one_of_the_three_kinds_of_work() -> None:
    assert {each: work_type(each) for each in OrderType} == {
        OrderType.ACTIVATION: WorkType.ACTIVATION,
        OrderType.MODIFICATION_INDOOR: WorkType.MODIFICATION,
        OrderType.MODIFICATION_OUTDOOR: WorkType.MODIFICATION,
        OrderType.ASSURANCE: WorkType.ASSURANCE,
        OrderType.VALUE_ADDED_SERVICE: WorkType.MODIFICATION,
        OrderType.SDU: WorkType.ACTIVATION,
        OrderType.RDF_POLE: WorkType.ACTIVATION,
        OrderType.CANCELLATION: WorkType.MODIFICATION,
    }
