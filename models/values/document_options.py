"""Options that contracts and invoices share: delivery channel and what the document shows."""

from enum import StrEnum

from models.values.base_models import Frozen


class Channel(StrEnum):
    """How a document leaves."""  # docs/specification/lifecycle.md 7.3

    DIDOX = "didox"
    EMAIL = "email"


class Toggles(Frozen):
    """What the document shows."""  # defaults of docs/specification/documents.md 2.1

    show_task_list: bool = True
    show_tracked_time: bool = True
    show_task_pricing: bool = False
    show_overtime: bool = True
