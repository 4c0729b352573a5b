"""The dictionaries of the PlanFact sandbox: its fixed company, categories and products, and what a seed adds."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from local.sandboxes.state import Record, Store
from settings import PlanFactSettings

CATEGORIES: list[Record] = [
    {"operationCategoryId": 30, "title": "Продажа услуг", "operationCategoryType": "Income", "externalId": None},
    {"operationCategoryId": 31, "title": "Продажа товаров", "operationCategoryType": "Income", "externalId": None},
    {"operationCategoryId": 60, "title": "Аренда", "operationCategoryType": "Outcome", "externalId": None},
]
CONTRAGENT_IDS, PROJECT_IDS, DEAL_IDS = 20_000_000, 40_000_000, 50_000_000


class Application(BaseModel):
    model_config = ConfigDict(extra="forbid")
    application_key: str
    customer_name: str
    tin: str | None = None
    deal_closed: bool = False
    project_closed: bool = False
    customer_archived: bool = False


class Seed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    applications: list[Application]


class Books:
    def __init__(self, store: Store, settings: PlanFactSettings) -> None:
        self._store = store
        self.company: Record = {"companyId": settings.company_id, "title": "ProximaOps", "active": True}
        self.products: list[Record] = [
            {"productId": settings.hourly_product_id, "title": "Hourly rate", "type": 2, "externalId": None},
            {"productId": settings.support_product_id, "title": "Monthly support", "type": 2, "externalId": None},
        ]

    def contragent(self, key: int) -> Record | None:
        return self._store.get("contragent", key)

    def project(self, key: int) -> Record | None:
        return self._store.get("project", key)

    def seed(self, applications: list[Application]) -> None:
        """A counterparty, a selling deal and a project for each contract; seeding again updates them in place."""
        with self._store.transaction():
            for application in applications:
                self._seed(application, self._seed_customer(application))

    def _seed_customer(self, application: Application) -> int:
        # Contracts of one customer share its counterparty.
        key = application.tin or application.customer_name
        known = self._store.get("customer", key) or self._store.put(
            "customer", key, {"n": self._store.count("customer") + 1}
        )
        contragent_id = CONTRAGENT_IDS + int(known["n"])
        record = {
            "contrAgentId": contragent_id,
            "title": application.customer_name,
            "longTitle": application.customer_name,
            "contrAgentInn": application.tin,
            "contrAgentType": "Customer",
            "externalId": None,
            "active": not application.customer_archived,
        }
        self._store.put("contragent", contragent_id, record)
        return contragent_id

    def _seed(self, application: Application, contragent_id: int) -> None:
        key = application.application_key
        known = self._store.get("application", key) or self._store.put(
            "application", key, {"n": self._store.count("application") + 1}
        )
        project_id, deal_id = PROJECT_IDS + int(known["n"]), DEAL_IDS + int(known["n"])
        self._store.put(
            "project",
            project_id,
            {
                "projectId": project_id,
                "title": f"{key} {application.customer_name}",
                "externalId": key,
                "active": not application.project_closed,
                "closed": application.project_closed,
            },
        )
        self._store.put(
            "deal",
            deal_id,
            {
                "dealId": deal_id,
                "title": f"[{key}] {application.customer_name}",
                "externalId": None,
                "dealType": "Selling",
                "contractorId": contragent_id,
                "closed": application.deal_closed,
                "dealProducts": [],
            },
        )

    def flaw(self, item: dict[str, Any]) -> str | None:
        """Why a shipment line cannot be booked: the vendor's own refusals, which come with HTTP 200."""
        contragent = self._store.get("contragent", item.get("contrAgentId") or 0)
        deal = self._store.get("deal", item.get("sellingDealId") or 0)
        project = self._store.get("project", item.get("projectId") or 0)
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
        return self._catalogue_flaw(item)

    def _catalogue_flaw(self, item: dict[str, Any]) -> str | None:
        category = next((c for c in CATEGORIES if c["operationCategoryId"] == item.get("operationCategoryId")), None)
        if category is None:
            return "The field operationCategoryId is invalid"
        if category["operationCategoryType"] != "Income":
            return f"Статья «{category['title']}» не поддерживает начисление для отгрузки"
        if item.get("productId") not in [None, *(product["productId"] for product in self.products)]:
            return "The field productId is invalid"
        return None
