"""The forms of users and API keys, and the pages that belong together."""

from typing import Any

from starlette.datastructures import FormData

from api.pages.forms.fields import Control, FormField
from api.pages.forms.form_page import FormPage
from api.pages.languages import N_
from api.pages.words import ROLES
from models.access.api_keys import LONGEST_NAME as LONGEST_KEY_NAME
from models.access.roles import Role
from models.access.users import LONGEST_NAME, LONGEST_PASSWORD

USERS, KEYS = "/settings/users", "/settings/api-keys"
TABS = ((N_("Users"), USERS), (N_("API keys"), KEYS), (N_("Delegations"), "/settings/delegations"))
MOST_FIELDS = 20
VERSION = FormField("version", "", Control.HIDDEN)

_ROLE = FormField(
    "role", N_("Role"), Control.SELECT, is_required=True, options={role.value: ROLES[role] for role in Role}
)
_EMAIL = FormField(
    "email", N_("E-mail"), hint=N_("For messages about what waits for this person. It may be empty."), longest=300
)
_PASSWORD_RULE = N_("At least 12 characters; common passwords and the own name are refused.")
NEW_PASSWORD = FormField(
    "password",
    N_("Password"),
    Control.PASSWORD,
    is_required=True,
    hint=_PASSWORD_RULE,
    longest=LONGEST_PASSWORD,
    autocomplete="new-password",
)
OWN_PASSWORD = (
    FormField(
        "old_password",
        N_("Present password"),
        Control.PASSWORD,
        is_required=True,
        longest=LONGEST_PASSWORD,
        autocomplete="current-password",
    ),
    FormField(
        "new_password",
        N_("New password"),
        Control.PASSWORD,
        is_required=True,
        hint=_PASSWORD_RULE,
        longest=LONGEST_PASSWORD,
        autocomplete="new-password",
    ),
)

NEW_USER = FormPage(
    label=N_("Add a user"),
    busy=N_("Adding…"),
    text=N_("Tell the person their password on another way than by e-mail, and ask them to change it."),
    fields=(
        FormField(
            "username",
            N_("Name"),
            is_required=True,
            hint=N_("Letters, digits and . _ @ -; it stays for good, because the audit trail names it."),
            longest=LONGEST_NAME,
        ),
        _ROLE,
        NEW_PASSWORD,
        _EMAIL,
    ),
    address=f"{USERS}/new",
    cancel=USERS,
)
NEW_KEY = FormPage(
    label=N_("Make an API key"),
    busy=N_("Making…"),
    text=N_("The key is yours: it may do at most what you may do, and ends when you are deactivated."),
    fields=(
        FormField(
            "name",
            N_("Name"),
            is_required=True,
            hint=N_("Of the machine that uses it, such as accounting"),
            longest=LONGEST_KEY_NAME,
        ),
        _ROLE,
        FormField("expires_in_days", N_("Valid for days"), is_required=True, hint=N_("1 to 366"), longest=3),
    ),
    address=f"{KEYS}/new",
    cancel=KEYS,
)


def user_form(username: str) -> FormPage:
    return FormPage(
        label=N_("Change the user"),
        busy=N_("Saving…"),
        text=N_("It takes effect at once. Whoever may no longer sign in is signed out."),
        fields=(_ROLE, _EMAIL, FormField("active", N_("May sign in"), Control.CHECK), VERSION),
        address=f"{USERS}/{username}",
        cancel=USERS,
        about=(username,),
    )


def password_form(username: str) -> FormPage:
    return FormPage(
        label=N_("Set a new password"),
        busy=N_("Saving…"),
        text=N_("All sessions of this person end."),
        fields=(NEW_PASSWORD, VERSION),
        address=f"{USERS}/{username}/password",
        cancel=USERS,
        about=(username,),
    )


def end_form(username: str) -> FormPage:
    return FormPage(
        label=N_("End the sessions"),
        busy=N_("Ending…"),
        text=N_("This person has to sign in again, in every browser. The password stays."),
        fields=(),
        address=f"{USERS}/{username}/end-sessions",
        cancel=USERS,
        about=(username,),
        is_dangerous=True,
    )


def revoke_form(key_id: str, name: str, prefix: str) -> FormPage:
    return FormPage(
        label=N_("Revoke the key"),
        busy=N_("Revoking…"),
        text=N_("It is refused at once, and cannot be made valid again."),
        fields=(),
        address=f"{KEYS}/{key_id}/revoke",
        cancel=KEYS,
        about=(name, f"{prefix}…"),
        is_dangerous=True,
    )


def own_password_form() -> FormPage:
    return FormPage(
        label=N_("Change your password"),
        busy=N_("Saving…"),
        text=N_("Your sessions in other browsers end."),
        fields=OWN_PASSWORD,
        address="/me/password",
        cancel="/me",
    )


def text_of(posted: FormData, name: str) -> str:
    """Return the text of a hidden field."""
    found: Any = posted.get(name)
    return found if isinstance(found, str) else ""
