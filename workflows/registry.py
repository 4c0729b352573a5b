"""The list of all workflow classes, for the worker and for the replay of histories."""

from workflows.accounting.daily_snapshot import FinanceSnapshotWorkflow
from workflows.archive.sweep import ArchiveSweepWorkflow
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.fetch import VendorBillFetchWorkflow
from workflows.bills.file import VendorBillFileWorkflow
from workflows.events.delivery import DeliverWebhooksWorkflow
from workflows.events.feed import EventFeedWorkflow
from workflows.invoice.act_sweep import ActSweepWorkflow
from workflows.invoice.mailbox import ReadBouncesWorkflow
from workflows.invoice.to_sign import FetchToSignWorkflow
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.notifications.chat import TelegramChatWorkflow
from workflows.notifications.summary import TelegramSummaryWorkflow
from workflows.partners.order_sweep import OrderSweepWorkflow
from workflows.quotes.quote import QuoteWorkflow

WORKFLOWS = [
    InvoiceWorkflow,
    MonthlyDraftsWorkflow,
    ArchiveSweepWorkflow,
    ReadBouncesWorkflow,
    EventFeedWorkflow,
    DeliverWebhooksWorkflow,
    TelegramChatWorkflow,
    TelegramSummaryWorkflow,
    FetchToSignWorkflow,
    ActSweepWorkflow,
    OrderSweepWorkflow,
    FinanceSnapshotWorkflow,
    VendorBillFileWorkflow,
    VendorBillWorkflow,
    VendorBillFetchWorkflow,
    QuoteWorkflow,
]
