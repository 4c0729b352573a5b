"""The routers of the pages of partners. Those with a fixed path come before those with the key of a partner."""

from api.pages.partners import finance_routes, partner_routes, rate_card_routes, report_routes
from api.pages.partners.dated_form import RATES, RULES, TARGETS
from api.pages.partners.dated_routes import router_of

ROUTERS = (
    router_of(RULES),
    router_of(TARGETS),
    rate_card_routes.router,
    router_of(RATES),
    finance_routes.router,
    report_routes.router,
    partner_routes.router,
)
