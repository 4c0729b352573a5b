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
TWIN = 1_000_000  # added to the id of a second deal or project of one contract
ACCOUNT_ID = 90_000_000


class SeedContract(BaseModel):
    model_config = ConfigDict(extra="forbid")
    application_key: str
    customer_name: str
    tin: str | None = None
    deal_closed: bool = False
    project_closed: bool = False
    customer_archived: bool = False
    twin_deal: bool = False
    twin_project: bool = False


class Seed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    applications: list[SeedContract] = []
    company_archived: bool = False
    account_archived: bool = False


class ReferenceData:
    """Counterparties, projects and deals of the sandbox, and the checks of a shipment against them."""

    def __init__(self, state: SandboxState, settings: PlanFactSettings) -> None:
        self._state = state
        self._company_id = settings.company_id
        self.products: list[Record] = [
            {"productId": settings.hourly_product_id, "title": "Hourly rate", "type": 2, "externalId": None},
            {"productId": settings.support_product_id, "title": "Monthly support", "type": 2, "externalId": None},
        ]

    def company(self) -> Record:
        return {"companyId": self._company_id, "title": "ProximaOps", "active": not self._is_archived("company")}

    def accounts(self) -> list[Record]:
        """Return an account of each currency; the first one can be archived by the seed."""
        return [
            {
                "accountId": ACCOUNT_ID + n,
                "title": f"Bank account {currency}",
                "currencyCode": currency,
                "companyId": self._company_id,
                "active": n > 0 or not self._is_archived("account"),
            }
            for n, currency in enumerate(("UZS", "USD"))
        ]

    def account(self, key: int) -> Record | None:
        return next((each for each in self.accounts() if each["accountId"] == key), None)

    def _is_archived(self, what: str) -> bool:
        return bool((self._state.get("archived", what) or {}).get("archived"))

    def contragent(self, key: int) -> Record | None:
        return self._state.get("contragent", key)

    def project(self, key: int) -> Record | None:
        return self._state.get("project", key)

    def seed(self, seed: Seed) -> None:
        """Add or update a counterparty, a selling deal and a project for each contract, and archive what is asked."""
        with self._state.transaction():
            self._state.put("archived", "company", {"archived": seed.company_archived})
            self._state.put("archived", "account", {"archived": seed.account_archived})
            for contract in seed.applications:
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
        number = int(known["n"])
        for twin in range(2 if contract.twin_project else 1):
            project_id = PROJECT_IDS + number + TWIN * twin
            self._state.put("project", project_id, _project(project_id, contract))
        for twin in range(2 if contract.twin_deal else 1):
            deal_id = DEAL_IDS + number + TWIN * twin
            self._state.put("deal", deal_id, _deal(deal_id, contract, contragent_id))

    def refusal_reason(self, item: dict[str, Any]) -> str | None:
        """Return why PlanFact refuses a shipment line, or None. It sends these refusals with HTTP 200."""
        contragent = self._state.get("contragent", item.get("contrAgentId") or 0)
        deal = self._state.get("deal", item.get("sellingDealId") or 0)
        project = self._state.get("project", item.get("projectId") or 0)
        if not self.company()["active"]:
            return f"Юрлицо «{self.company()['title']}» находится в архиве"
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


def _project(project_id: int, contract: SeedContract) -> Record:
    return {
        "projectId": project_id,
        "title": f"{contract.application_key} {contract.customer_name}",
        "externalId": contract.application_key,
        "active": not contract.project_closed,
        "closed": contract.project_closed,
    }


def _deal(deal_id: int, contract: SeedContract, contragent_id: int) -> Record:
    return {
        "dealId": deal_id,
        "title": f"[{contract.application_key}] {contract.customer_name}",
        "externalId": None,
        "dealType": "Selling",
        "contractorId": contragent_id,
        "closed": contract.deal_closed,
        "dealProducts": [],
    }
