"""The bodies of the requests that create an operation.

The body of a shipment is not published: it is assumed to be the body of the published PUT request with the product in
the line of the shipment. That of an income is published; that its line takes the deal is assumed, as in a shipment.
"""

from typing import Any

from activities.clients.planfact.records import IncomeDraft, ShipmentDraft


def shipment_body(draft: ShipmentDraft, company_id: int) -> dict[str, Any]:
    shared = _shared(draft)
    return {
        "calculationDate": draft.day.isoformat(),
        "isCalculationCommitted": True,
        "companyId": company_id,
        "contrAgentId": draft.contragent_id,
        "currencyCode": draft.currency,
        "comment": draft.comment,
        "externalId": draft.external_id,
        "items": [
            {**shared, "productId": line.product_id, "count": line.count, "value": line.value} for line in draft.lines
        ],
    }


def income_body(draft: IncomeDraft) -> dict[str, Any]:
    return {
        "operationDate": draft.day.isoformat(),
        "accountId": draft.account_id,
        "isCommitted": True,
        "contrAgentId": draft.contragent_id,
        "comment": draft.comment,
        "externalId": draft.external_id,
        "items": [{**_shared(draft), "value": draft.value}],
    }


def _shared(draft: ShipmentDraft | IncomeDraft) -> dict[str, Any]:
    """Return what each line of an operation states."""
    shared = {
        "calculationDate": draft.day.isoformat(),
        "isCalculationCommitted": True,
        "contrAgentId": draft.contragent_id,
        "operationCategoryId": draft.category_id,
        "sellingDealId": draft.deal_id,
    }
    return shared if draft.project_id is None else shared | {"projectId": draft.project_id}
