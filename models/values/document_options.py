"""Options that contracts and invoices share: the delivery channel and the document's toggles."""

from enum import StrEnum

from models.values.base_models import Frozen


class Channel(StrEnum):
    """The delivery channel of a document (docs/specification/lifecycle.md 7.3)."""

    DIDOX = "didox"
    EMAIL = "email"
    DIDOX_PDF = "didox_pdf"
    """The PDF itself as a free document in Didox, for a client that wants no act."""


VIA_DIDOX = frozenset({Channel.DIDOX, Channel.DIDOX_PDF})


class Toggles(Frozen):
    """The switches for what a document shows; the defaults are those of docs/specification/documents.md 2.1."""

    show_task_list: bool = True
    show_tracked_time: bool = True
    show_task_pricing: bool = False
    show_overtime: bool = True
