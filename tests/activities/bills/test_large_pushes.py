"""The push of bills with more lines than a payload takes: their sums."""

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.finance_push import FinancePush
from models.bills.cost_line import ChargeCategory
from tests.activities.bills.pushing import invoices, request
from tests.fixtures.pushed_bills import bill_of, lines_of, write
from tests.fixtures.sandboxes import Sandbox


class TestLargeBills:
    async def test_two_thousand_lines_are_sent_one_by_one(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        lines = lines_of(("0.01",) * 2000)
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        [invoice] = invoices(finance_sandbox)
        assert (len(invoice["content"]["lines"]), invoice["content"]["lines_summed_by"]) == (2000, [])

    async def test_more_are_summed_by_service_project_and_category(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        """2,001 lines of 0.005 are 10.005, which is 10.01; 1,500 of them are 7.500, the others 2.505, which is 2.51."""
        lines = [
            line.model_copy(update={"project_name": "shop" if line.position <= 1500 else None})
            for line in lines_of(("0.005",) * 2001)
        ]
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        [invoice] = invoices(finance_sandbox)
        content = invoice["content"]
        assert content["lines_summed_by"] == ["service", "project", "charge_category"]
        assert content["amount_gross_minor"] == 1001
        shown = {
            (line["project"], line["amount"], line["amount_minor"], line["line_count"]) for line in content["lines"]
        }
        assert shown == {("shop", "7.500", 750, 1500), (None, "2.505", 251, 501)}

    async def test_too_many_projects_are_summed_by_service_and_category(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        lines = [
            line.model_copy(update={"project_name": f"project {line.position}"}) for line in lines_of(("0.01",) * 2001)
        ]
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        content = invoices(finance_sandbox)[0]["content"]
        assert content["lines_summed_by"] == ["service", "charge_category"]
        [line] = content["lines"]
        assert (line["product"], line["amount"], line["line_count"]) == ("Droplets", "20.01", 2001)
        assert line["charge_category"] == ChargeCategory.USAGE

    async def test_too_many_services_are_summed_by_category(
        self, push: FinancePush, finance_sandbox: Sandbox, engine: AsyncEngine
    ) -> None:
        lines = [
            line.model_copy(update={"service_name": f"service {line.position}"}) for line in lines_of(("0.01",) * 2001)
        ]
        bill = await write(engine, bill_of(lines), lines)
        await push.push(request(bill))
        content = invoices(finance_sandbox)[0]["content"]
        assert content["lines_summed_by"] == ["charge_category"]
        assert [Decimal(line["amount"]) for line in content["lines"]] == [Decimal("20.01")]
