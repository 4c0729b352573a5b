"""The areas of the settings, and the error for a setting that is not valid."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints


class Area(StrEnum):
    """The areas of the settings, as they stand in URLs and in the settings history."""

    RATE_RULES = "rate-rules"
    EXCLUSIONS = "exclusions"
    CLASSIFICATIONS = "classifications"
    CLIENT_CONFIG = "client-config"
    PARTNER_GROUPS = "partner-groups"
    PARTNERS = "partners"
    RATE_CARDS = "rate-cards"
    INSTALLER_RATES = "installer-rates"
    INSTALLERS = "installers"
    KPI_TARGETS = "kpi-targets"
    KPI_RULES = "kpi-rules"
    CLOUD_RESOURCES = "cloud-resources"
    SETTLED_MATCHES = "settled-matches"
    ALLOCATION_RULES = "allocation-rules"
    RESALE_RULES = "resale-rules"
    COST_RATES = "cost-rates"
    COST_ASSIGNMENTS = "cost-assignments"
    OVERHEAD_RULES = "overhead-rules"
    EXCHANGE_RATES = "exchange-rates"
    COST_ACCESS = "cost-access"
    MARGIN_TARGETS = "margin-targets"
    NUMBER_SERIES = "number-series"
    ISSUER = "issuer"
    USERS = "users"
    API_KEYS = "api-keys"
    WEBHOOK_ENDPOINTS = "webhook-endpoints"
    DELEGATIONS = "delegations"


CONFIDENTIAL = frozenset({Area.COST_RATES, Area.COST_ASSIGNMENTS, Area.OVERHEAD_RULES, Area.MARGIN_TARGETS})
"""The areas whose values, history and files only those see who have the permission `finance`."""
ADMINISTERED = frozenset({Area.USERS, Area.API_KEYS, Area.WEBHOOK_ENDPOINTS, Area.DELEGATIONS})
"""The areas whose history only an admin sees."""


class SettingRefused(ValueError):
    """A setting is not valid; `path` names the field and `message` says what would be right."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be a time zone such as Asia/Tashkent") from error
    return name


Zone = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_zone)]
