"""A page with one form, for what is not a command of an invoice: orders, settings, users, bills and others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Response

from api.errors import ApiError, Conflict, Unavailable, Unknown
from api.pages.forms.fields import FormField
from api.pages.rendering import Desk, url_query


@dataclass(frozen=True)
class FormPage:
    """What the form says, its fields, where it is sent, and where Cancel leads. Texts are in the source's language."""

    label: str
    busy: str
    text: str
    fields: Sequence[FormField]
    address: str
    cancel: str
    about: Sequence[str] = ()  # what the form is about, such as a number and a name, as it is shown
    is_dangerous: bool = False


def form_response(
    desk: Desk,
    form: FormPage,
    texts: Mapping[str, str],
    status: int = 200,
    key: str | None = None,
    errors: Mapping[str, str] | None = None,
    refused: ApiError | None = None,
    **more: Any,
) -> Response:
    """Return the page with the form. `more` are values for a template that extends it, named by `template`.

    The form and Cancel carry the list that one came from.
    """
    form = replace(form, address=_carrying(form.address, desk), cancel=_carrying(form.cancel, desk))
    return desk.page(
        more.pop("template", "form.html.j2"),
        status=status,
        form=form,
        fields=form.fields,
        texts=texts,
        key=key,
        errors=errors or {},
        refused=refused,
        is_down=isinstance(refused, Unavailable),
        is_unknown=isinstance(refused, Unknown),
        **more,
    )


def refused_response(
    desk: Desk, form: FormPage, texts: Mapping[str, str], key: str, refused: ApiError, **more: Any
) -> Response:
    """Return the form again with what was typed and why it was not executed, or that this is not known yet.

    The key stays when the same request may be sent again. After a conflict it is a new one, because the next request
    is another one.
    """
    errors = {each.path: each.message for each in refused.details} if isinstance(refused.details, list) else {}
    return form_response(
        desk,
        form,
        texts,
        status=refused.status,
        key=None if isinstance(refused, Conflict) else key,
        errors={name: message for name, message in errors.items() if name != "body"},
        refused=refused,
        **more,
    )


def _carrying(address: str, desk: Desk) -> str:
    query = url_query(desk.carried)
    return address + (query.replace("?", "&", 1) if "?" in address else query)
