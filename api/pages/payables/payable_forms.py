"""The commands of payables as forms: their labels, texts and fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.pages.forms.fields import Control, FormField
from api.pages.languages import N_
from models.bills.payable import (
    AnyPayableCommand,
    ApprovePayable,
    LockPayable,
    MarkPayablePaid,
    PayableCommandName,
    SchedulePayable,
    UnlockPayable,
)

REVISION = FormField("revision", "", Control.HIDDEN)
_REASON = FormField("reason", N_("Reason"), Control.AREA, is_required=True, longest=500)


@dataclass(frozen=True)
class PayableForm:
    """The form of one command."""

    command: type[AnyPayableCommand]
    label: str
    busy: str
    text: str
    fields: tuple[FormField, ...] = ()
    is_dangerous: bool = False


FORMS: Mapping[PayableCommandName, PayableForm] = MappingProxyType(
    {
        PayableCommandName.APPROVE: PayableForm(
            ApprovePayable,
            N_("Approve"),
            N_("Approving…"),
            N_("The amount is approved for payment. An import that changes the money takes the approval back."),
        ),
        PayableCommandName.SCHEDULE: PayableForm(
            SchedulePayable,
            N_("Schedule the payment"),
            N_("Scheduling…"),
            N_("Sets the day of the payment, for the first time or anew."),
            (FormField("pay_on", N_("To be paid on"), Control.DAY, is_required=True),),
        ),
        PayableCommandName.MARK_PAID: PayableForm(
            MarkPayablePaid,
            N_("Mark as Paid"),
            N_("Recording…"),
            N_("Records the payment of the whole amount. This is final."),
            (
                FormField("paid_on", N_("Paid on"), Control.DAY, is_required=True),
                FormField("reference", N_("Reference of the bank"), is_required=True, longest=200),
            ),
        ),
        PayableCommandName.LOCK: PayableForm(
            LockPayable,
            N_("Lock the amount"),
            N_("Locking…"),
            N_("An import that would change the money, for example a disputed one, is refused. The payment goes on."),
            (_REASON,),
            is_dangerous=True,
        ),
        PayableCommandName.UNLOCK: PayableForm(
            UnlockPayable,
            N_("Unlock"),
            N_("Unlocking…"),
            N_("Imports may change the money again."),
            (_REASON,),
        ),
    }
)
