"""A bill matched again, and what persons settle about resource keys."""

from activities.bills.matching import BillMatcher
from api.access.deps import Actor
from api.bills.matching_repository import CostRepository, bills_to_match, forget, settle
from api.bills.matching_schemas import MatchedView, SettledKey, SettledNow, Settlement
from api.deps import AppState
from api.errors import Conflict, NotFound
from api.settings.editing import writing
from api.settings.store import SettingsStore
from models.bills.bill import Bill
from models.bills.matching.ports import BillVersion
from models.values.typed_values import AS_RECORDED


async def match_newest(bill_id: str, state: AppState, costs: CostRepository) -> MatchedView:
    """Match and allocate the newest version by what is known today. Raise Conflict while an invoice bills its cost."""
    version, _bill = await version_of(costs, bill_id, None)
    found = await BillMatcher(state.engines.settings).match(BillVersion(bill_id=bill_id, version=version))
    if found.kept:
        raise Conflict(
            "The cost of this bill stands on an invoice, so its allocation stays as it is. To allocate it again, void "
            "or discard the invoice that bills it; the allocations of the bill name it."
        )
    return MatchedView(version=version, **found.model_dump(exclude={"kept"}))


async def settle_key(body: Settlement, store: SettingsStore, user: Actor) -> SettledNow:
    """Settle what the key is, and name the bills that are to be matched again."""
    async with writing(store, user) as transaction:
        row = await settle(transaction, body)
        bills = await bills_to_match(transaction.connection, body)
    return SettledNow.model_validate(row | {"bills_to_match": bills})


async def forget_key(body: SettledKey, store: SettingsStore, user: Actor) -> None:
    """Forget what was settled. Raise NotFound when nothing is."""
    async with writing(store, user) as transaction:
        found = await forget(transaction, body)
    if not found:
        raise NotFound(f"Nothing is settled about {body.resource_key} of {body.provider}.")


async def version_of(costs: CostRepository, bill_id: str, asked: int | None) -> tuple[int, Bill]:
    """Return the number of the version and its state. Raise NotFound when there is none."""
    bill = await costs.bill(bill_id)
    if bill is None:
        raise NotFound(f"There is no vendor bill {bill_id}.")
    version = asked or int(bill["version"])
    state = await costs.version(bill_id, version)
    if state is None:
        raise NotFound(f"The bill {bill_id} has no version {version}; the newest is {bill['version']}.")
    return version, Bill.model_validate(state, context=AS_RECORDED)
