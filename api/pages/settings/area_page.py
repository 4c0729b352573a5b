"""The description of one area of the settings, from which its list, its forms and its history are made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api.pages.languages import N_
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm
from api.pages.settings.kinds import Kind
from models.access.roles import ADMINISTERING, CONFIGURING, Role
from models.settings.area import CONFIDENTIAL, Area
from models.settings.csv_columns import SHEETS

VALID_FROM = SettingField("valid_from", N_("Valid from"), Control.DAY)
VALID_TO = SettingField("valid_to", N_("Last day"), Control.DAY, hint=N_("Empty: until another one begins"))
VALIDITY = Group(
    N_("Validity"),
    (
        VALID_FROM,
        VALID_TO,
        SettingField("description", N_("Remark"), longest=300),
        SettingField("active", N_("In use"), Control.CHECK),
    ),
)
KEY = "key"


@dataclass(frozen=True)
class AreaPage:
    """One area. `form` changes a setting, `new_form` adds one; the fields in `fixed` cannot be changed afterwards."""

    area: Area
    label: str
    text: str
    kind: Kind
    form: SettingForm
    new_form: SettingForm | None = None
    listed: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    add_label: str = N_("Add")
    is_removable: bool = True
    removal: str = N_("It is removed at once. Issued documents keep what they were made with.")
    least_role: Role = CONFIGURING
    admin_fields: frozenset[str] = frozenset()  # only an admin may set these
    sends_changes_only: bool = False

    @property
    def address(self) -> str:
        return f"/settings/{self.area.value}"

    @property
    def has_csv(self) -> bool:
        return self.area in SHEETS

    @property
    def is_confidential(self) -> bool:
        return self.area in CONFIDENTIAL

    @property
    def is_dated(self) -> bool:
        return any(each.name == "valid_from" for each in self.form.fields)

    def form_of(self, role: Role, *, is_new: bool = False) -> SettingForm:
        """Return the form with the fields that this role may set."""
        form = self.new_form if is_new and self.new_form else self.form
        if not self.admin_fields or role.includes(ADMINISTERING):
            return form
        groups = tuple(
            replace(group, fields=tuple(each for each in group.fields if each.name not in self.admin_fields))
            for group in form.groups
        )
        return replace(form, groups=groups)

    @property
    def whole_form(self) -> SettingForm:
        """The form with every field that the history may have."""
        return self.form if not self.sends_changes_only or self.new_form is None else self.new_form

    @property
    def columns(self) -> tuple[SettingField, ...]:
        known: Mapping[str, SettingField] = {each.name: each for each in self.form.fields}
        return tuple(known[name] for name in self.listed)


@dataclass(frozen=True)
class LinkedPage:
    """A page of settings that has a form of its own; it is shown once the desk has it."""

    area: Area
    label: str
    text: str
    address: str
    least_role: Role = CONFIGURING


@dataclass(frozen=True)
class AreaSection:
    """Areas that belong together."""

    label: str
    pages: tuple[AreaPage | LinkedPage, ...]


def key_field(label: str, hint: str = "", suggested: str = "", longest: int = 128) -> SettingField:
    """Return the field for the key of a new setting, which is no part of the body."""
    return SettingField(KEY, label, hint=hint, suggested=suggested, longest=longest, is_required=True)


def keyed(form: SettingForm, key: SettingField) -> SettingForm:
    """Return the form of a new setting: that of an existing one, with the key before it."""
    first, *others = form.groups
    groups = (Group(first.label, (key, *first.fields), text=first.text), *others)
    return SettingForm(form.model, groups, form.optional, beside=(KEY,))
