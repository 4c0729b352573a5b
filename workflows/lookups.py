"""Questions that need ClickHouse but change nothing: a preview of an invoice, the clients.

The API may not do I/O of its own; each question is a short workflow that gives up when nobody can be waiting any more.
"""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.content import Content
    from models.invoice import DraftRequest
    from models.periods import BILLING_ZONE, local_day
    from models.ports import (
        CLIENT_DETAIL,
        CLIENT_WORKLOGS,
        FETCH_DRAFT,
        LINE_WORKLOGS,
        LIST_CLIENTS,
        PREVIEW_HTML,
        ClientDetail,
        ClientDetailQuery,
        ClientPage,
        ContractQuery,
        Drafting,
        LineWorklogs,
        LineWorklogsQuery,
        Previewing,
        PreviewPage,
        WorklogPage,
        WorklogQuery,
    )
    from workflows import options
    from workflows.calls import call

LONGEST_WAIT = timedelta(seconds=45)


@workflow.defn(name="PreviewInvoice")
class PreviewInvoiceWorkflow:
    @workflow.run
    async def run(self, request: DraftRequest) -> Content:
        drafting = Drafting(request=request, invoice_date=local_day(workflow.now(), BILLING_ZONE))
        return await call(FETCH_DRAFT, drafting, options.PREFILL_NOW, f"preview {request.subject.subject_key}")


@workflow.defn(name="ListClients")
class ListClientsWorkflow:
    @workflow.run
    async def run(self, query: ContractQuery) -> ClientPage:
        return await call(LIST_CLIENTS, query, options.PREFILL_NOW, "list clients")


@workflow.defn(name="LookUpClient")
class LookUpClientWorkflow:
    @workflow.run
    async def run(self, query: ClientDetailQuery) -> ClientDetail:
        return await call(CLIENT_DETAIL, query, options.PREFILL_NOW, f"client {query.application_key}")


@workflow.defn(name="ListWorklogs")
class ListWorklogsWorkflow:
    @workflow.run
    async def run(self, query: WorklogQuery) -> WorklogPage:
        summary = f"worklogs {query.application_key} {query.period.label}"
        return await call(CLIENT_WORKLOGS, query, options.PREFILL_NOW, summary)


@workflow.defn(name="PreviewHtml")
class PreviewHtmlWorkflow:
    @workflow.run
    async def run(self, previewing: Previewing) -> PreviewPage:
        summary = f"page of {previewing.display_number or previewing.content.subject_key}"
        return await call(PREVIEW_HTML, previewing, options.PREFILL_NOW, summary)


@workflow.defn(name="LineWorklogs")
class LineWorklogsWorkflow:
    @workflow.run
    async def run(self, query: LineWorklogsQuery) -> LineWorklogs:
        return await call(LINE_WORKLOGS, query, options.PREFILL_NOW, f"{len(query.worklog_ids)} worklogs of a line")


LOOKUPS = (
    PreviewInvoiceWorkflow,
    PreviewHtmlWorkflow,
    ListClientsWorkflow,
    LookUpClientWorkflow,
    ListWorklogsWorkflow,
    LineWorklogsWorkflow,
)
