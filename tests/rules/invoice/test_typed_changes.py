"""`InvoiceChanges` and `EffectChanges` have fields and types of the state; mypy checks callers against them."""

from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from models.invoice.effects import Effect
from models.invoice.invoice import Invoice
from models.invoice.revision import EffectChanges, InvoiceChanges


def kinds(annotation: Any) -> set[Any]:
    """Return the members of a union; for other annotations the annotation itself."""
    return set(get_args(annotation)) if type(annotation).__name__ == "UnionType" else {annotation}


@pytest.mark.parametrize(("changes", "state"), [(InvoiceChanges, Invoice), (EffectChanges, Effect)])
def test_changes_have_the_fields_and_types_of_the_state(changes: type, state: type[BaseModel]) -> None:
    fields = get_type_hints(state)
    wrong = {name for name, kind in get_type_hints(changes).items() if not kinds(kind) <= kinds(fields.get(name))}
    assert wrong == set()
