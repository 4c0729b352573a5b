"""Contract keys are spelt as in ClickHouse, and two that differ in case only are not billed."""

import pytest
from clickhouse_connect.driver.client import Client

from activities.clients.clickhouse.warehouse import Warehouse
from models.contracts.contract import ContractKeyAmbiguous, ContractNotFound
from tests.clients.clickhouse.test_warehouse import contract, insert


def test_keys_that_differ_in_case_are_not_billed(tables: Client, warehouse: Warehouse) -> None:
    insert(tables, "cdm.jira_applications", contract("HA-CASE"), contract("HA-Case", status="Closed"), contract("B"))
    assert list(warehouse.contracts_of(["HA-CASE", "HA-Case", "B", "b"])) == ["B"]
    for key in ("HA-CASE", "HA-Case"):
        with pytest.raises(ContractKeyAmbiguous, match="HA-CASE and HA-Case"):
            warehouse.billable_contract(key)
        assert warehouse.contract(key).application_key == key
    with pytest.raises(ContractNotFound, match=r"no contract b in ClickHouse\. Its key is spelt B\."):
        warehouse.billable_contract("b")
    with pytest.raises(ContractNotFound, match="spelt HA-CASE or HA-Case"):
        warehouse.billable_contract("ha-case")
    assert warehouse.billable_contract("B").application_key == "B"
