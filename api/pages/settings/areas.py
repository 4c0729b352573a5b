"""All areas of the settings in the order of the overview, and the pages of settings that have forms of their own."""

from collections.abc import Mapping, Sequence

from api.errors import NotFound
from api.pages.languages import N_
from api.pages.settings.area_page import AreaPage, AreaSection, LinkedPage
from api.pages.settings.descriptions import company, contracts, costs, installers, partners
from models.access.roles import ADMINISTERING, READING
from models.settings.area import Area

DELEGATIONS = LinkedPage(
    Area.DELEGATIONS,
    N_("Delegations"),
    N_("Who may give commands for whom, and for how long."),
    "/settings/delegations",
    READING,
)
ACCESS = (
    LinkedPage(
        Area.USERS,
        N_("Users"),
        N_("Who may sign in, with which role."),
        "/settings/users",
        ADMINISTERING,
    ),
    LinkedPage(
        Area.API_KEYS,
        N_("API keys"),
        N_("With which machines call the API."),
        "/settings/api-keys",
        ADMINISTERING,
    ),
    LinkedPage(
        Area.WEBHOOK_ENDPOINTS,
        N_("Webhooks"),
        N_("Which other systems are told of events."),
        "/settings/webhooks",
        ADMINISTERING,
    ),
    DELEGATIONS,
)
RATES = LinkedPage(
    Area.RATE_CARDS,
    N_("Rate cards"),
    N_("The rates by partner, and which one applies to a job and why."),
    "/rate-cards",
)
SECTIONS: Sequence[AreaSection] = (
    AreaSection(N_("Company"), company.AREAS),
    AreaSection(N_("Contracts"), contracts.AREAS),
    AreaSection(N_("Partners"), (*partners.AREAS, RATES)),
    AreaSection(N_("Installers and KPIs"), installers.AREAS),
    AreaSection(N_("Costs"), costs.AREAS),
    AreaSection(N_("Access"), ACCESS),
)
AREAS: Mapping[str, AreaPage] = {
    page.area.value: page for section in SECTIONS for page in section.pages if isinstance(page, AreaPage)
}


def area_page(name: str) -> AreaPage:
    """Return the description of the area. Raise NotFound for a name that is none."""
    found = AREAS.get(name)
    if found is None:
        raise NotFound(f"There is no area {name} of the settings.")
    return found
