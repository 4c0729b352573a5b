"""The reference data of the PlanFact sandbox: company, categories, products, and the data that a seed adds."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from local.sandboxes.state import Record, SandboxState
from settings import PlanFactSettings

CATEGORIES: list[Record] = [
    {"operationCategoryId": 30, "title": "Продажа услуг", "operationCategoryType": "Income", "externalId": None},
    {"operationCategoryId": 31, "title": "Продажа товаров", "operationCategoryType": "Income", "externalId": None},
    {"operationCategoryId": 60, "title": "Аренда", "operationCategoryType": "Outcome", "externalId": None},
]
CONTRAGENT_IDS, PROJECT_IDS, DEAL_IDS = 20_000_000, 40_000_000, 50_000_000


class SeedContract(BaseModel):
    model_config = ConfigDict(extra="forbid")
    application_key: str
    customer_name: str
    tin: str | None = None
    deal_closed: bool = False
    project_closed: bool = False
    customer_archived: bool = False


class Seed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    applications: list[SeedContract]


class ReferenceData:
    """Counterparties, projects and deals of the sandbox, and the checks of a shipment against them."""

    def __init__(self, state: SandboxState, settings: PlanFactSettings) -> None:
        self._state = state
        self.company: Record = {"companyId": settings.company_id, "title": "ProximaOps", "active": True}
        self.products: list[Record] = [
            {"productId": settings.hourly_product_id, "title": "Hourly rate", "type": 2, "externalId": None},
            {"productId": settings.support_product_id, "title": "Monthly support", "type": 2, "externalId": None},
        ]

    def contragent(self, key: int) -> Record | None:
        return self._state.get("contragent", key)

    def project(self, key: int) -> Record | None:
        return self._state.get("project", key)

    def seed(self, contracts: list[SeedContract]) -> None:
        """Add or update a counterparty, a selling deal and a project for each contract."""
        with self._state.transaction():
            for contract in contracts:
                self._seed(contract, self._seed_customer(contract))

    def _seed_customer(self, contract: SeedContract) -> int:
        # Contracts of one customer share its counterparty.
        key = contract.tin or contract.customer_name
        known = self._state.get("customer", key) or self._state.put(
            "customer", key, {"n": self._state.count("customer") + 1}
        )
        contragent_id = CONTRAGENT_IDS + int(known["n"])
        record = {
            "contrAgentId": contragent_id,
            "title": contract.customer_name,
            "longTitle": contract.customer_name,
            "contrAgentInn": contract.tin,
            "contrAgentType": "Customer",
            "externalId": None,
            "active": not contract.customer_archived,
        }
        self._state.put("contragent", contragent_id, record)
        return contragent_id

    def _seed(self, contract: SeedContract, contragent_id: int) -> None:
        key = contract.application_key
        known = self._state.get("application", key) or self._state.put(
            "application", key, {"n": self._state.count("application") + 1}
        )
        project_id, deal_id = PROJECT_IDS + int(known["n"]), DEAL_IDS + int(known["n"])
        self._state.put(
            "project",
            project_id,
            {
                "projectId": project_id,
                "title": f"{key} {contract.customer_name}",
                "externalId": key,
                "active": not contract.project_closed,
                "closed": contract.project_closed,
            },
        )
        self._state.put(
            "deal",
            deal_id,
            {
                "dealId": deal_id,
                "title": f"[{key}] {contract.customer_name}",
                "externalId": None,
                "dealType": "Selling",
                "contractorId": contragent_id,
                "closed": contract.deal_closed,
                "dealProducts": [],
            },
        )

    def refusal_reason(self, item: dict[str, Any]) -> str | None:
        """Return why PlanFact refuses a shipment line, or None. It sends these refusals with HTTP 200."""
        contragent = self._state.get("contragent", item.get("contrAgentId") or 0)
        deal = self._state.get("deal", item.get("sellingDealId") or 0)
        project = self._state.get("project", item.get("projectId") or 0)
        if contragent is None:
            return "The field contrAgentId is invalid"
        if not contragent["active"]:
            return f"Контрагент «{contragent['title']}» находится в архиве"
        if deal is None or deal["contractorId"] != contragent["contrAgentId"]:
            return "The field sellingDealId is invalid"
        if deal["closed"]:
            return f"Сделка «{deal['title']}» закрыта, добавление операций запрещено"
        if item.get("projectId") and project is None:
            return "The field projectId is invalid"
        if project is not None and project["closed"]:
            return f"Проект «{project['title']}» завершён, добавление операций запрещено"
        return self._catalogue_refusal_reason(item)

    def _catalogue_refusal_reason(self, item: dict[str, Any]) -> str | None:
        category = next((c for c in CATEGORIES if c["operationCategoryId"] == item.get("operationCategoryId")), None)
        if category is None:
            return "The field operationCategoryId is invalid"
        if category["operationCategoryType"] != "Income":
            return f"Статья «{category['title']}» не поддерживает начисление для отгрузки"
        if item.get("productId") not in [None, *(product["productId"] for product in self.products)]:
            return "The field productId is invalid"
        return None
