"""The OpenAPI document, from which clients are generated."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from models.events.event_types import EventType
from models.invoice.commands import COMMANDS


@pytest.fixture
async def openapi(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/openapi.json")).json()
    return found


async def test_each_command_has_a_route_with_its_own_body(openapi: dict[str, Any]) -> None:
    for command in COMMANDS:
        name = command.name.value
        edit = name == "edit"
        path = "/api/v1/invoices/{invoice_id}" + ("" if edit else f"/{name}")
        operation = openapi["paths"][path]["patch" if edit else "post"]
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        body = openapi["components"]["schemas"][reference.rsplit("/", 1)[1]]
        assert body["title"] == f"{command.__name__}Body"
        assert body.get("properties", {}).keys() == command.model_fields.keys() - {
            "by",
            "role",
            "on_behalf_of",
            "idempotency_key",
        }
        assert operation["requestBody"].get("required", False) == bool(body.get("required"))
        assert {"200", "400", "401", "403", "404", "409", "503", "504"} == operation["responses"].keys()


async def test_errors_are_documented_and_422_only_where_another_contract_says_so(openapi: dict[str, Any]) -> None:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            assert ("422" in operation["responses"]) is path.startswith("/api/v1/integrations/"), (path, method)
            assert operation["summary"]
            assert operation["tags"]
            for status, response in operation["responses"].items():
                if int(status) >= 400 and path.startswith("/api"):
                    content = response["content"]["application/json"]
                    assert content["schema"] == {"$ref": "#/components/schemas/ErrorEnvelope"}
                    assert content["example"]["error"]["code"]
    assert "HTTPValidationError" not in openapi["components"]["schemas"]


async def test_kebab_case_paths_are_not_documented(openapi: dict[str, Any]) -> None:
    commands = "/api/v1/invoices/{invoice_id}/"
    twins = {f"{commands}{command.name.replace('_', '-')}" for command in COMMANDS if "_" in command.name}
    assert twins
    assert not twins & openapi["paths"].keys()


async def test_operation_ids_are_short_and_unique(openapi: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operations in openapi["paths"].values() for operation in operations.values()]
    assert len(ids) == len(set(ids))
    assert {"login", "prefill", "generate", "generate_bulk", "get_run", "line_worklogs"} <= set(ids)
    assert {command.name.value for command in COMMANDS} - {"edit"} <= set(ids)


@pytest.mark.parametrize(
    ("schema", "field", "least", "most"),
    [
        ("EditBody", "payment_days", 0, 365),
        ("EditBody", "reminder_days", -365, 365),
        ("EditBody", "expected_revision", 1, 2**31 - 1),
        ("TakeInBody", "expected_revision", 1, 2**31 - 1),
        ("UndoBody", "expected_revision", 1, 2**31 - 1),
        ("NewSeries", "last_number", 0, 2_000_000_000),
        ("SeriesChange", "last_number", 0, 2_000_000_000),
    ],
)
async def test_a_whole_number_states_its_limits(
    openapi: dict[str, Any], schema: str, field: str, least: int, most: int
) -> None:
    numbers = [part for part in parts(openapi["components"]["schemas"][schema]["properties"][field]) if "type" in part]
    [number] = [part for part in numbers if part["type"] == "integer"]
    assert (number["minimum"], number["maximum"]) == (least, most)


async def test_no_schema_has_a_limit_under_a_name_of_pydantic(openapi: dict[str, Any]) -> None:
    names = {"ge", "le", "gt", "lt", "multiple_of", "min_length", "max_length", "max_digits", "decimal_places"}
    assert [part for part in parts(openapi) if "type" in part and part.keys() & names] == []


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects of the document below the node."""
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(each)


@pytest.mark.parametrize(
    ("written", "allowed"),
    [("09:00", True), ("18:30:00", True), ("24:00", False), ("9", False), ("09:00Z", False), ("09:00+05:00", False)],
)
async def test_a_time_of_day_states_its_form(openapi: dict[str, Any], written: str, allowed: bool) -> None:
    """The format `time` of JSON Schema demands a time zone, which a time of day has not."""
    clock = openapi["components"]["schemas"]["DatedRule"]["properties"]["business_hours_start"]
    assert "format" not in clock
    assert (re.search(clock["pattern"], written) is not None) is allowed


async def test_each_event_type_is_a_webhook_with_a_schema_that_resolves(openapi: dict[str, Any]) -> None:
    assert set(openapi["webhooks"]) == set(EventType)
    for webhook in openapi["webhooks"].values():
        body = webhook["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert {"id", "type", "timestamp", "data"} == body["properties"].keys()
        names = {part["name"] for part in webhook["post"]["parameters"]}
        assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        for part in parts(body):
            if "$ref" in part:
                assert part["$ref"].rpartition("/")[2] in openapi["components"]["schemas"]
    payment = openapi["webhooks"]["invoice.payment_recorded"]["post"]["requestBody"]["content"]["application/json"]
    assert "amount" in payment["schema"]["properties"]["data"]["properties"]
