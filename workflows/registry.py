"""The list of all workflow classes, for the worker and for the replay of histories."""

from workflows.archive.sweep import ArchiveSweepWorkflow
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.invoice.act_sweep import ActSweepWorkflow
from workflows.invoice.mailbox import ReadBouncesWorkflow
from workflows.invoice.workflow import InvoiceWorkflow

WORKFLOWS = [InvoiceWorkflow, MonthlyDraftsWorkflow, ArchiveSweepWorkflow, ReadBouncesWorkflow, ActSweepWorkflow]
