"""One table of all commands: the label, the form, and where its button stands. The least roles are those of the rules.

The fields of a form are those of the body of the API. What the page fills in by itself (revision, digest) is hidden.
"""

from collections.abc import Mapping
from types import MappingProxyType

from api.invoice import command_bodies as bodies
from api.pages.forms.fields import Control, FormField
from api.pages.invoice.command_form import CommandForm, Place
from api.pages.languages import N_
from api.pages.words import CHANNELS, PORTAL_STATUSES, REJECTIONS, WRITE_OFFS
from models.invoice import commands
from models.invoice.status import CommandName

_REASON = FormField("reason", N_("Reason"), Control.AREA, is_required=True)
_OPTIONAL_REASON = FormField("reason", N_("Reason"), Control.AREA)
_NOTE = FormField("note", N_("Note"), Control.AREA)
_REVISION = FormField("expected_revision", "", Control.HIDDEN)
_EFFECT = FormField("effect_id", "", Control.HIDDEN)
_PAYMENT = FormField("payment_id", "", Control.HIDDEN)
_REMARKS = FormField("remarks", N_("Remarks"), Control.AREA)
_FILES = N_("PDF, PNG or JPEG")
_BANK_SLIP = FormField("bank_slip", N_("Bank slip"), Control.FILE, True, _FILES, of_partners_only=True)

_FORMS = (
    CommandForm(
        commands.Edit,
        bodies.EditBody,
        N_("Edit"),
        N_("Saving…"),
        N_("Changes the draft. Each change stands in the timeline with its author."),
        (_REVISION, _NOTE),
        Place.OWN_PAGE,
    ),
    CommandForm(
        commands.Undo,
        bodies.UndoBody,
        N_("Take back the last edit"),
        N_("Taking back…"),
        N_("The draft returns to what it was before its newest edit."),
        (_REVISION, _NOTE),
    ),
    CommandForm(
        commands.Regenerate,
        bodies.RegenerateBody,
        N_("Fetch again"),
        N_("Fetching…"),
        N_("The invoice becomes a draft and is computed again from today's contract data. Its edits are lost."),
    ),
    CommandForm(
        commands.CheckFacts,
        bodies.CheckFactsBody,
        N_("Check for late work"),
        N_("Checking…"),
        N_("Compares the invoice with today's contract data. Nothing is changed."),
    ),
    CommandForm(
        commands.TakeIn,
        bodies.TakeInBody,
        N_("Take in late work"),
        N_("Taking in…"),
        N_("Adds the late work that the check has found. Lines that a person changed stay as they are."),
        (_REVISION, _NOTE),
    ),
    CommandForm(
        commands.Finalize,
        bodies.FinalizeBody,
        N_("Finalise"),
        N_("Finalising…"),
        N_("The draft takes its number, and the document is made and waits for review."),
        (
            FormField(
                "issue_today",
                N_("Date it today"),
                Control.CHECK,
                hint=N_("The invoice date becomes today, and the due date moves with it."),
            ),
        ),
        Place.MAIN,
    ),
    CommandForm(
        commands.Approve,
        bodies.ApproveBody,
        N_("Approve"),
        N_("Approving…"),
        N_("You approve exactly the document that this page shows. It is then archived and posted."),
        (FormField("digest", "", Control.HIDDEN),),
        Place.MAIN,
    ),
    CommandForm(
        commands.Decline,
        bodies.DeclineBody,
        N_("Decline"),
        N_("Declining…"),
        N_("The document goes back to its author with your reason."),
        (_REASON,),
        Place.MAIN,
    ),
    CommandForm(
        commands.Reopen,
        bodies.ReopenBody,
        N_("Reopen"),
        N_("Reopening…"),
        N_("The invoice becomes a draft again. What its approval has sent is compensated."),
        (_OPTIONAL_REASON,),
    ),
    CommandForm(
        commands.Deliver,
        bodies.DeliverBody,
        N_("Send"),
        N_("Sending…"),
        N_("The approved document goes to the client."),
        (FormField("channel", N_("Channel"), Control.SELECT, options=CHANNELS),),
        Place.MAIN,
    ),
    CommandForm(
        commands.MarkUploaded,
        bodies.MarkUploadedBody,
        N_("Mark as Uploaded"),
        N_("Recording…"),
        N_("You have uploaded the PDF to the partner's portal. The payment days start anew."),
        (
            FormField("uploaded_at", N_("Uploaded at"), Control.MOMENT, is_required=True),
            FormField("portal_submission_id", N_("Submission id"), longest=200),
            FormField("url", N_("Address in the portal"), longest=1000),
            _REMARKS,
        ),
        Place.MAIN,
    ),
    CommandForm(
        commands.RecordPortalStatus,
        bodies.RecordPortalStatusBody,
        N_("Status in the portal"),
        N_("Recording…"),
        N_("Records what the partner's portal shows about the newest submission."),
        (
            FormField("portal_status", N_("Status"), Control.SELECT, is_required=True, options=PORTAL_STATUSES),
            _REMARKS,
        ),
    ),
    CommandForm(
        commands.Accept,
        bodies.AcceptBody,
        N_("Client accepted"),
        N_("Recording…"),
        N_("The client has accepted the document."),
    ),
    CommandForm(
        commands.Reject,
        bodies.RejectBody,
        N_("Mark as Rejected"),
        N_("Recording…"),
        N_("The client or the partner has rejected the document. Orders of a partner can then be invoiced again."),
        (
            FormField("code", N_("Code"), Control.SELECT, is_required=True, options=REJECTIONS, of_partners_only=True),
            _REASON,
            FormField("remarks", N_("Remarks"), Control.AREA, is_required=True, of_partners_only=True),
            FormField(
                "attachment",
                N_("Screenshot or file"),
                Control.FILE,
                is_required=True,
                hint=_FILES,
                of_partners_only=True,
            ),
        ),
        Place.DANGER,
    ),
    CommandForm(
        commands.RecordPayment,
        bodies.RecordPaymentBody,
        N_("Mark as Paid"),
        N_("Recording…"),
        N_("Records money that has arrived. Part payments add up."),
        (
            FormField("paid_on", N_("Paid on"), Control.DAY, is_required=True),
            FormField(
                "amount",
                N_("Amount"),
                Control.AMOUNT,
                is_required=True,
                hint=N_("The balance is filled in. A comma or a point may separate the decimals."),
            ),
            FormField("reference", N_("Reference"), is_required=True, longest=200),
            FormField(
                "payment_id",
                N_("Payment id"),
                hint=N_("Empty: made from the day and the reference. The same id is recorded once."),
                longest=200,
            ),
            _BANK_SLIP,
        ),
        Place.MAIN,
    ),
    CommandForm(
        commands.ReversePayment,
        bodies.ReversePaymentBody,
        N_("Take back the payment"),
        N_("Taking back…"),
        N_("The payment was recorded wrongly and counts no more."),
        (_PAYMENT, _REASON),
        Place.AT_A_PAYMENT,
    ),
    CommandForm(
        commands.WriteOff,
        bodies.WriteOffBody,
        N_("Write off the rest"),
        N_("Writing off…"),
        N_("The rest of the invoice is given up, and the invoice is paid."),
        (
            FormField("kind", N_("Kind"), Control.SELECT, is_required=True, options=WRITE_OFFS),
            FormField("amount", "", Control.HIDDEN),
            _REASON,
        ),
        Place.DANGER,
    ),
    CommandForm(
        commands.Void,
        bodies.VoidBody,
        N_("Void the invoice"),
        N_("Voiding…"),
        N_("The invoice is withdrawn for good. It keeps its number, and what it has sent is compensated."),
        (_REASON,),
        Place.DANGER,
    ),
    CommandForm(
        commands.Discard,
        bodies.DiscardBody,
        N_("Discard"),
        N_("Discarding…"),
        N_("The draft is thrown away. It has no number."),
        (_OPTIONAL_REASON,),
        Place.DANGER,
    ),
    CommandForm(
        commands.Hold,
        bodies.HoldBody,
        N_("Hold"),
        N_("Holding…"),
        N_("Nothing is sent and nobody is reminded until the invoice is released."),
        (_REASON,),
    ),
    CommandForm(
        commands.Release,
        bodies.ReleaseBody,
        N_("Release"),
        N_("Releasing…"),
        N_("What was on hold continues."),
    ),
    CommandForm(
        commands.RetryEffect,
        bodies.RetryEffectBody,
        N_("Retry"),
        N_("Retrying…"),
        N_("It is executed again. What has been done already is found and not done twice."),
        (_EFFECT,),
        Place.AT_AN_EFFECT,
    ),
    CommandForm(
        commands.ResolveEffect,
        bodies.ResolveEffectBody,
        N_("Resolve"),
        N_("Recording…"),
        N_("You have looked in the other system, and enter what you found there."),
        (
            _EFFECT,
            FormField(
                "outcome",
                N_("What you found"),
                Control.SELECT,
                is_required=True,
                options={"done": N_("It was done"), "skipped": N_("It was not done and is not needed")},
            ),
            FormField("vendor_id", N_("Id in the other system"), longest=200),
            FormField("note", N_("Note"), Control.AREA, is_required=True),
        ),
        Place.AT_AN_EFFECT,
    ),
    CommandForm(
        commands.SyncPlanfact,
        bodies.SyncPlanfactBody,
        N_("Compare with PlanFact"),
        N_("Comparing…"),
        N_("Posts the invoice again if that failed, or compares the posting with the invoice."),
    ),
    CommandForm(
        commands.SubmitSignature,
        bodies.SubmitSignatureBody,
        N_("Send the signature"),
        N_("Sending…"),
        N_("Sends a signature that is stored already, as `aktum sign` stores it."),
        (FormField("signature", N_("SHA-256 of the stored signature"), is_required=True, longest=64),),
    ),
)

FORMS: Mapping[CommandName, CommandForm] = MappingProxyType({form.name: form for form in _FORMS})
