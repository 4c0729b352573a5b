"""The worklogs behind one line of an invoice, as ClickHouse has them now."""

from dataclasses import dataclass

from activities.clients.clickhouse.warehouse import Warehouse
from models.contracts.ports import LineWorklogs, LineWorklogsQuery
from models.contracts.worklog import Worklog


@dataclass(frozen=True)
class LineWorklogsReader:
    """The API reads by this class. Its method raises what `activities/contracts/error_mapping.py` lists."""

    warehouse: Warehouse

    async def line_worklogs(self, query: LineWorklogsQuery) -> LineWorklogs:
        """They are looked for where the draft found them: the table is ordered by label and day, not by id."""
        return LineWorklogs(worklogs=await self.warehouse.in_thread(lambda: self._found(query)))

    def _found(self, query: LineWorklogsQuery) -> tuple[Worklog, ...]:
        wanted = set(query.worklog_ids)
        labels = self.warehouse.application(query.application_key).labels
        period = query.period
        return tuple(
            each for each in self.warehouse.worklogs(labels, period.start, period.end) if each.worklog_id in wanted
        )
