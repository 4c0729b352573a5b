"""The API does what its OpenAPI document says, for each role and without a login: generated requests, valid and not.

The API runs in this process on a port of its own, with a database of its own. Temporal and ClickHouse cannot be reached
there, so a request that passes every check of the API is answered with 503. The examples are the same in each run.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import allow_header_conformance, positive_data_acceptance

from api.app import create_app
from models.access.roles import Role
from settings import AuthSettings, FinanceSettings, Settings
from tests.fixtures.sandboxes import FINANCE_SECRET
from tests.http.bills.importing import token as service_token
from tests.http.callers import user_of

FINANCE = FinanceSettings(jwt_secret=FINANCE_SECRET)
SECRET = AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough"))
# Nothing but 503 is expected of a server whose Temporal and ClickHouse are not there.
CHECKS = {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]}}

# Operations that may refuse a request that fits its schema, with the rule that a JSON schema cannot state.
RULES_BEYOND_THE_SCHEMA = {
    "list_invoices": "page or cursor but not both, a cursor of this list, ranges in order, a letter to search for",
    "list_open_items": "page or cursor but not both, a cursor of this list, a letter to search for",
    "list_open_customers": "a letter to search for",
    "export_open_csv": "a letter to search for",
    "export_open_xlsx": "a letter to search for",
    "list_all_events": "days in order, a cursor of this list",
    "verify_chains": "a cursor of this check",
    "list_changes": "days in order",
    "list_payments": "ranges in order, a letter to search for, a cursor of this list",
    "export_payments_csv": "ranges in order, a letter to search for",
    "export_payments_xlsx": "ranges in order, a letter to search for",
    "finance_dashboard": "no day in the future",
    "list_neighbours": "ranges in order, a letter to search for",
    "search_all": "a letter to search for",
    "sum_invoices": "ranges in order, a letter to search for",
    "export_csv": "ranges in order, a letter to search for",
    "export_xlsx": "ranges in order, a letter to search for",
    "list_worklogs": "the first day is not after the last, and a year at the most",
    "prefill": "both days or neither, in order, and a year at the most",
    "generate": "both days or neither, in order, and a year at the most",
    "preview_generation": "as for generate",
    "preview_generated_page": "as for generate",
    "generate_bulk": "both days or neither, in order, and a year at the most",
    "add_rate_rule": "the end of business hours is after their start, valid_to is not before valid_from",
    "correct_rate_rule": "as for add_rate_rule",
    "edit": "an amount that is given as a number has at most four decimals",
    "preview_edit": "as for edit",
    "preview_edited_html": "as for edit",
    "record_payment": "an amount that is given as a number has at most four decimals",
    "write_off": "an amount that is given as a number has at most four decimals",
    "put_client_config": "the number series exists, an exemption has its text, and a tax can be included",
    "put_partner": "the number series, the group and the tax code exist",
    "add_rate_card": "the partner or group exists and not both are given, the decimals of the currency, days in order",
    "correct_rate_card": "as for add_rate_card",
    "supersede_rate_card": "the same work, a later day, and the rules of add_rate_card",
    "add_installer_rate": "an installer or a type, the decimals of the currency, days in order",
    "correct_installer_rate": "as for add_installer_rate",
    "add_installer": "days in order",
    "correct_installer": "as for add_installer",
    "add_kpi_target": "a type with the target of a partner or of a method, the partner exists, days in order",
    "correct_kpi_target": "as for add_kpi_target",
    "add_kpi_rule": "a bonus or a penalty above 0, the decimals of the currency, the partner exists, days in order",
    "correct_kpi_rule": "as for add_kpi_rule",
    "add_cloud_resource": "an id or a name, the contents of the tags, days in order",
    "correct_cloud_resource": "as for add_cloud_resource",
    "add_allocation_rule": "a condition, a tag with its value, percentages that add up to 100, days in order",
    "correct_allocation_rule": "as for add_allocation_rule",
    "add_resale_rule": "days in order",
    "correct_resale_rule": "as for add_resale_rule",
    "settle_match": "a resource that exists, with the outcome matched only",
    "add_cost_rate": "a percentage or an amount, the decimals of the currency and of a number, days in order",
    "correct_cost_rate": "as for add_cost_rate",
    "add_cost_assignment": "a role or a grade, days in order",
    "correct_cost_assignment": "as for add_cost_assignment",
    "add_overhead_rule": "the fields of the kind, the decimals of the currency and of a number, days in order",
    "correct_overhead_rule": "as for add_overhead_rule",
    "add_exchange_rate": "two currencies, the decimals of a number, days in order",
    "correct_exchange_rate": "as for add_exchange_rate",
    "calculate": "a cost rate for each member, an exchange rate for each currency, the decimals of the currency",
    "save_calculation": "as for calculate",
    "margins": "months in order, a year at the most, an exchange rate for the currency",
    "margins_csv": "as for margins",
    "margins_xlsx": "as for margins",
    "margin_worklogs": "as for margins",
    "margin_worklogs_csv": "as for margins",
    "margin_worklogs_xlsx": "as for margins",
    "margin_flags": "as for margins",
    "put_margin_targets": "the target is not below the floor",
    "list_quotes": "a cursor of this list, a letter to search for",
    "sum_quotes": "a letter to search for",
    "make_quote": "an issuer, a customer or a contract, the decimals of amounts and numbers, a discount that fits",
    "convert_quote": "milestones that add up, with percentages or with amounts, and days in order",
    "edit_quote": "the decimals of a number, a discount that fits",
    "payout_report": "days in order, and a year at the most",
    "payout_csv": "days in order, and a year at the most",
    "payout_xlsx": "days in order, and a year at the most",
    "margin_report": "days in order, and a year at the most",
    "margin_csv": "days in order, and a year at the most",
    "margin_xlsx": "days in order, and a year at the most",
    "put_issuer": "taxes do not overlap, one account for each currency, the content of the logo",
    "add_number_series": "the pattern cannot print a number of another series",
    "change_number_series": "the pattern cannot print a number of another series",
    "add_user": "the password is hard to guess",
    "change_user": "at least one of the fields has a value, the password is hard to guess",
    "make_delegation": "another active user, days in order and not over, commands that the role may give",
    "import_settings": "the content of the CSV file",
    "change_own_password": "the old password is the user's, the new one is hard to guess",
    "add_webhook_endpoint": "the URL is https and does not lead into the own network",
    "change_webhook_endpoint": "as for add_webhook_endpoint",
    "replay_webhook_deliveries": "the moment is not before the year 2000",
    "from_orders": "no order twice",
    "preview_from_orders": "no order twice",
    "order_readiness": "a cursor of this list",
    "attach_to_invoice": "the content of the file and its name",
    "receive_orders": "no number of more than 40 characters, even in a row that is refused",
    "receive_order": "ends after their starts, a docket that fits the status, no status of the invoice",
    "import_orders": "the content of the CSV file",
    "attach_file": "the content of the file and its name",
    "list_orders": "a cursor of this list",
    "make_transition": "what the transition needs, attachments of the order",
    "receive_docket": "a moment that has passed, the splitter, attachments of the order",
    "upload_docket": "a moment that has passed, attachments of the order",
    "reject_docket": "an attachment of the order",
    "review_docket": "a reason where the comparison finds no problem",
    "change_blocker": "a moment that has passed, an open blocker",
    "log_materials": "an amount that is given as a number has at most four decimals",
    "import_invoice": "gross is net and tax, the lines add up to gross, the period's end is after its start",
    "list_payables": "a cursor of this list",
    "approve_payable": "a revision is written without a point",
    "schedule_payable": "no day that has passed, a revision is written without a point",
    "mark_payable_paid": "no day in the future, a revision is written without a point",
    "lock_payable": "a revision is written without a point",
    "unlock_payable": "a revision is written without a point",
    "upload_bill": "the content of the file, and no other fields than those of the form",
    "list_bills": "a cursor of this list, a letter to search for",
    "list_bill_files": "a cursor of this list",
    "list_bill_lines": "a cursor of this list, a letter to search for",
    "export_bill_lines": "a letter to search for",
    "decode_payloads": "no number of more than 40 characters, even in a field that is ignored",
    "encode_payloads": "no number of more than 40 characters, even in a field that is ignored",
}
# They take the tokens of other services, not logins.
OF_OTHER_SERVICES = {"import_invoice", "find_import"}
# Their path is also that of an invoice with this id, so that Allow lists its methods too.
PATHS_OF_INVOICES_TOO = {"prefill", "generate", "generate_bulk", "list_open_items", "preview_generated_page"}


# Without the phase that tries each limit of each field: it takes minutes, and has its place in a run by hand.
CONFIG = {"checks": CHECKS, "phases": {"coverage": {"enabled": False}}, "generation": {"database": "none"}}
# A logout ends the token with which the other operations are called; tests/http/access tests it.
schema = schemathesis.openapi.from_dict(
    create_app(Settings(auth=SECRET, finance=FINANCE)).openapi(), config=SchemathesisConfig.from_dict(CONFIG)
).exclude(operation_id="log_out")
tokens: dict[Role | None, str] = {}


@pytest.fixture(scope="module")
def address(api_settings: Settings, registry_url: str, registry_engine: object) -> Iterator[str]:
    """The address of an API with an empty database."""
    app = create_app(api_settings.model_copy(update={"database_url": SecretStr(registry_url)}))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        address = "http://{}:{}".format(*listener.getsockname())
        while not server.started:
            assert thread.is_alive()
        tokens.update({role: app.state.tokens.issue(user_of(role), app.state.app_state.started)[0] for role in Role})
        yield address
        server.should_exit = True
        thread.join()


def check(case: Any, role: Role | None, address: str) -> None:
    name = case.operation.definition.raw["operationId"]
    excluded: list[Any] = [positive_data_acceptance] if name in RULES_BEYOND_THE_SCHEMA else []
    excluded += [allow_header_conformance] if name in PATHS_OF_INVOICES_TOO else []
    token = service_token("t", roles=[role]) if role and name in OF_OTHER_SERVICES else tokens.get(role)
    headers = {"Authorization": f"Bearer {token}"} if role else {}
    case.call_and_validate(base_url=address, headers=headers, excluded_checks=excluded)


def examples(number: int) -> settings:
    return settings(
        max_examples=number, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )


# The role is a parameter here too, because schemathesis names the operation only beside another parameter.
@pytest.mark.parametrize("role", [Role.ADMIN])
@schema.parametrize()
@examples(4)
def test_the_api_does_what_its_document_says(case: Any, role: Role, address: str) -> None:
    """As admin, who may do everything."""
    check(case, role, address)


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.EDITOR, Role.MANAGER])
@schema.parametrize()
@examples(2)
def test_each_role_gets_what_the_document_says(case: Any, role: Role | None, address: str) -> None:
    check(case, role, address)
