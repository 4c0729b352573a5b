"""The routers of the pages of payables."""

from api.pages.payables import payable_list_routes, payable_routes

PAYABLES = (payable_list_routes, payable_routes)
