"""The commands of a quote as forms: the label, the fields, and the body of the API's route.

`edit` and `convert` have pages of their own (edit_routes.py, convert_routes.py), and `open` belongs to the client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.pages.forms.fields import Control, FormField
from api.pages.languages import N_
from api.quotes import bodies
from models.quotes.quote import commands
from models.quotes.quote.status import QuoteCommandName
from models.values.base_models import Strict


@dataclass(frozen=True)
class QuoteForm:
    command: type[commands.QuoteCommand]
    body: type[Strict]
    label: str
    busy: str
    text: str
    fields: tuple[FormField, ...] = ()

    @property
    def name(self) -> QuoteCommandName:
        return self.command.name


_REASON = FormField("reason", N_("Reason"), Control.AREA, is_required=True)
_OPTIONAL_REASON = FormField("reason", N_("Reason"), Control.AREA)
_REVISION = FormField("expected_revision", "", Control.HIDDEN)
_VERSION = FormField("version", "", Control.HIDDEN)
_EFFECT = FormField("effect_id", "", Control.HIDDEN)

_FORMS = (
    QuoteForm(
        commands.SendQuote,
        bodies.SendQuoteBody,
        N_("Send the quote"),
        N_("Sending…"),
        N_("The quote takes its number, this version is frozen, and the client gets the document with a link."),
        (
            _REVISION,
            FormField(
                "by_mail",
                N_("By e-mail"),
                Control.CHECK,
                hint=N_("Without it only the document and the link are made."),
            ),
        ),
    ),
    QuoteForm(
        commands.ReviseQuote,
        bodies.ReviseQuoteBody,
        N_("New version"),
        N_("Beginning…"),
        N_("The sent version can no longer be accepted, and its link says so."),
        (_OPTIONAL_REASON,),
    ),
    QuoteForm(
        commands.AcceptQuote,
        bodies.AcceptQuoteBody,
        N_("Record an acceptance"),
        N_("Recording…"),
        N_("For an answer that came otherwise than by the link, such as a signed document."),
        (
            _VERSION,
            FormField("accepted_by", N_("Who accepts"), is_required=True, longest=200),
            FormField("position", N_("Position at the client"), is_required=True, longest=200),
            FormField("order_number", N_("Order number of the client"), longest=100),
            FormField("options", N_("Options that the client takes"), Control.CHOICES, has_own_words=True),
        ),
    ),
    QuoteForm(
        commands.DeclineQuote,
        bodies.DeclineQuoteBody,
        N_("Record a refusal"),
        N_("Recording…"),
        N_("For an answer that came otherwise than by the link."),
        (_VERSION, _REASON, FormField("declined_by", N_("Who declines"), longest=200)),
    ),
    QuoteForm(
        commands.WithdrawQuote,
        bodies.WithdrawQuoteBody,
        N_("Withdraw"),
        N_("Withdrawing…"),
        N_("Ends the quote for good. A number that it has taken stays with it."),
        (_REASON,),
    ),
    QuoteForm(
        commands.RenewLink,
        bodies.RenewLinkBody,
        N_("New link"),
        N_("Making…"),
        N_("Revokes the links of this version and makes a new one. No letter is sent."),
    ),
    QuoteForm(
        commands.RevokeLink,
        bodies.RevokeLinkBody,
        N_("Revoke the link"),
        N_("Revoking…"),
        N_("The link then shows nothing of the quote any more."),
        (FormField("link", "", Control.HIDDEN), _OPTIONAL_REASON),
    ),
    QuoteForm(
        commands.ConvertQuote,
        bodies.ConvertQuoteBody,
        N_("Make terms of a contract"),
        N_("Making…"),
        N_("The accepted prices become the terms of a contract, or fixed amounts by date; its invoices follow them."),
    ),
    QuoteForm(
        commands.RetryQuoteEffect,
        bodies.RetryQuoteEffectBody,
        N_("Retry"),
        N_("Retrying…"),
        N_("Executes the failed effect again."),
        (_EFFECT,),
    ),
    QuoteForm(
        commands.ResolveQuoteEffect,
        bodies.ResolveQuoteEffectBody,
        N_("Resolve"),
        N_("Recording…"),
        N_("Records the outcome as you have found it."),
        (
            _EFFECT,
            FormField(
                "outcome",
                N_("Outcome"),
                Control.SELECT,
                is_required=True,
                options={"done": N_("It was done"), "skipped": N_("It was not done and is not needed")},
            ),
            FormField("note", N_("Note"), Control.AREA, is_required=True),
        ),
    ),
)
FORMS: Mapping[str, QuoteForm] = MappingProxyType({form.name.value: form for form in _FORMS})
# The commands whose buttons stand at the top of the page, in their order; those of a link or an effect stand there.
MAIN = ("send", "convert", "revise", "accept", "decline", "renew_link")
DANGEROUS = ("withdraw",)
