"""The bodies of the requests that create an operation.

The body of a shipment is not published: it is assumed to be the body of the published PUT request with the product in
the line of the shipment.
"""

from typing import Any

from activities.clients.planfact.records import ShipmentDraft


def shipment_body(draft: ShipmentDraft, company_id: int) -> dict[str, Any]:
    day = draft.day.isoformat()
    shared = {
        "calculationDate": day,
        "isCalculationCommitted": True,
        "contrAgentId": draft.contragent_id,
        "operationCategoryId": draft.category_id,
        "sellingDealId": draft.deal_id,
    }
    if draft.project_id is not None:
        shared["projectId"] = draft.project_id
    return {
        "calculationDate": day,
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
