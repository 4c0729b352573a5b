"""What a posting refers to in PlanFact. It is checked before the write, so that a refusal says what a person has to do.

See docs/specification/effects.md 4.6.
"""

from dataclasses import dataclass

from activities.accounting.operations import refusal
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import Deal, Project


@dataclass(frozen=True)
class References:
    """The ids of the deal, its counterparty, the project and the category."""

    deal_id: int
    contragent_id: int
    project_id: int | None
    category_id: int


async def find_references(
    planfact: PlanFact, application_key: str, category_title: str, deal_id: int | None = None
) -> References:
    """Return what a posting of this contract refers to. Raises Permanent if PlanFact would refuse a part of it.

    A payment belongs to the deal of its shipment, whose id is given, even if the contract has a newer deal.
    """
    deal = await planfact.find_deal(application_key, deal_id)
    if deal is None and deal_id is not None:
        raise refusal(
            f"Deal {deal_id} of the shipment is no longer a deal of {application_key} in PlanFact. Restore it there, "
            f"with a title that starts with [{application_key}], then retry."
        )
    if deal is None:
        raise refusal(
            f"PlanFact has no selling deal for {application_key}. Create one whose title starts with "
            f"[{application_key}], then retry."
        )
    if deal.closed:
        raise refusal(
            f"Deal «{deal.title}» ({deal.id}) of {application_key} is closed in PlanFact. Open it again"
            f"{'' if deal_id else f', or create a new one whose title starts with [{application_key}]'}, then retry."
        )
    await _require_contragent(planfact, deal)
    await _require_company(planfact)
    project = await planfact.find_project(application_key)
    if project is not None:
        _require_open(project, application_key)
    category = await planfact.find_category(category_title)
    if category is None:
        raise refusal(f"PlanFact has no income category «{category_title}». Create it or configure another one.")
    return References(deal.id, deal.contragent_id, project.id if project else None, category.id)


async def _require_contragent(planfact: PlanFact, deal: Deal) -> None:
    contragent = await planfact.find_contragent(deal.contragent_id)
    if contragent is None:
        raise refusal(
            f"PlanFact does not list counterparty {deal.contragent_id} of deal «{deal.title}» ({deal.id}); it may have "
            "been deleted. Give the deal another counterparty there, then retry."
        )
    if not contragent.active:
        raise refusal(
            f"Counterparty «{contragent.title}» ({contragent.id}) of deal «{deal.title}» is archived in PlanFact. "
            "Restore it there, then retry."
        )


async def _require_company(planfact: PlanFact) -> None:
    company = await planfact.find_company()
    if company is None:
        raise refusal(
            f"PlanFact does not list company {planfact.company_id}. Check the setting AKTUM_PLANFACT__COMPANY_ID and "
            "the access of the API key, then retry."
        )
    if not company.active:
        raise refusal(
            f"Company «{company.title}» ({company.id}) is archived in PlanFact. Restore it there, or configure another "
            "company, then retry."
        )


def _require_open(project: Project, application_key: str) -> None:
    if project.closed or not project.active:
        state = "finished" if project.closed else "archived"
        raise refusal(
            f"Project «{project.title}» ({project.id}) of {application_key} is {state} in PlanFact. Open it there "
            "again, then retry."
        )
