"""The form of one command of a quote: who may see it, and what it says about the quote."""

from dataclasses import replace

from api.access.deps import Actor, require
from api.errors import NotFound
from api.pages.forms.fields import Control, FormField
from api.pages.forms.form_page import FormPage
from api.pages.quotes.command_forms import DANGEROUS, FORMS, QuoteForm
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import LEAST_ROLE


def form_of(command: str, actor: Actor) -> QuoteForm:
    """Return the form. Raise NotFound for a name that is no command, and Forbidden below its role."""
    form = FORMS.get(command)
    if form is None:
        raise NotFound(f"There is no command {command} of a quote.")
    require(actor, LEAST_ROLE[form.name], f"{command.replace('_', ' ')} of a quote")
    return form


def command_page(form: QuoteForm, quote: Quote) -> FormPage:
    """Return the form with the number and the customer of the quote, and with its optional lines."""
    return FormPage(
        label=form.label,
        busy=form.busy,
        text=form.text,
        fields=tuple(_field(each, quote) for each in form.fields),
        address=f"/quotes/{quote.id}/commands/{form.name}",
        cancel=f"/quotes/{quote.id}",
        about=(quote.title, quote.content.customer.name),
        is_dangerous=form.name.value in DANGEROUS,
    )


def _field(field: FormField, quote: Quote) -> FormField:
    """Return the field with the options of this quote: its optional lines."""
    if field.control is not Control.CHOICES:
        return field
    return replace(field, options={line.id: line.description for line in quote.content.lines if line.optional})
