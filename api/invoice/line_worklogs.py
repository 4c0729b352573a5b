"""The lineage of a line: the worklogs that it was made from, as ClickHouse has them now."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.errors import NotFound
from api.reads import Reads
from models.billing.line_lineage import sources_of
from models.contracts.ports import LineWorklogs, LineWorklogsQuery
from models.contracts.rate_rule import RateRule, Tier, billable_seconds
from models.contracts.worklog import Worklog
from models.invoice.content.lines import Line
from models.invoice.invoice import Invoice


class LineWorklogView(BaseModel):
    worklog_id: str
    issue_key: str
    issue_summary: str
    issue_type: str
    priority: str
    account_id: str
    user_name: str
    started_on: date
    started_at: datetime | None
    time_spent_seconds: int = Field(description="as logged")
    billable_seconds: int = Field(description="at least half an hour")
    rate_tier: Tier

    @classmethod
    def of(cls, worklog: Worklog, rule: RateRule) -> "LineWorklogView":
        return cls(
            **worklog.model_dump(include=set(cls.model_fields)),
            time_spent_seconds=worklog.seconds,
            billable_seconds=billable_seconds(worklog),
            rate_tier=rule.tier(worklog),
        )


class LineWorklogsView(BaseModel):
    """The worklogs of a line. `changes` lists what has changed since; the document stays as it is."""

    line_id: str
    description: str
    worklogs: list[LineWorklogView]
    missing: tuple[str, ...] = Field(description="ids of worklogs that ClickHouse no longer has for this contract")
    changes: tuple[str, ...]


async def line_worklogs_of(invoice: Invoice, line: str, reads: Reads) -> LineWorklogsView:
    """Return the worklogs of a line, which `line` names by its id or its position. Raise NotFound for no such line."""
    found = _line(invoice, line)
    rule = invoice.content.service.rate_rule
    sources = sources_of(found, rule, (await _worklogs(reads, invoice, found)).worklogs)
    return LineWorklogsView(
        line_id=found.id,
        description=found.description,
        worklogs=[LineWorklogView.of(each, rule) for each in sources.worklogs],
        missing=sources.missing,
        changes=sources.changes,
    )


async def _worklogs(reads: Reads, invoice: Invoice, line: Line) -> LineWorklogs:
    if not line.work.worklogs:
        return LineWorklogs(worklogs=())
    service, ids = invoice.content.service, line.work.worklogs
    query = LineWorklogsQuery(application_key=service.application_key, period=service.period, worklog_ids=ids)
    return await reads.line_worklogs(query)


def _line(invoice: Invoice, id_or_position: str) -> Line:
    """Return the line, or raise NotFound with the ids of the invoice's lines."""
    lines = invoice.content.lines
    by_id = {line.id: line for line in lines}
    if id_or_position in by_id:
        return by_id[id_or_position]
    position = int(id_or_position) if id_or_position.isdecimal() and len(id_or_position) < 6 else 0
    if not 1 <= position <= len(lines):
        raise NotFound(f"The invoice has no line {id_or_position}; its lines are {', '.join(by_id) or 'none'}.")
    return lines[position - 1]
