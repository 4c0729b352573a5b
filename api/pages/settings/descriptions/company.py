"""The settings of the whole company: the issuer, the number series, and who sees costs."""

from api.pages.languages import N_
from api.pages.settings.area_page import AreaPage
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm
from api.pages.settings.kinds import NumberSeriesKind, Single
from api.pages.words import ROLES
from api.settings.cost_repositories import COST_ACCESS
from api.settings.repositories import ISSUER
from api.settings.schemas import NewSeries, SeriesChange
from models.access.cost_access import CostAccess
from models.access.roles import ADMINISTERING, Role
from models.issuer.number_pattern import Reset
from models.issuer.settings import FourEyes, IssuerInput
from models.settings.area import Area

CURRENCY = SettingField("currency", N_("Currency"), suggested="currencies", longest=3)
_CODE_OF_SERVICE = (
    SettingField("ikpu", N_("IKPU, the code of the service"), hint=N_("17 digits of the national catalogue")),
    SettingField("ikpu_name", N_("Name in the catalogue"), longest=500),
    SettingField("package_code", N_("Package code"), hint=N_("Required with an IKPU")),
    SettingField("package_name", N_("Package name"), hint=N_("Required with an IKPU"), longest=200),
    SettingField("measure_id", N_("Unit of measure in Didox"), Control.NUMBER, hint=N_("Only without an IKPU")),
)


def service_code(beginning: str = "") -> tuple[SettingField, ...]:
    """Return the fields of a code of a service at the path."""
    return tuple(
        SettingField(f"{beginning}{each.name}", each.label, each.control, each.hint, longest=each.longest)
        for each in _CODE_OF_SERVICE
    )


def _wait(name: str, label: str, second: str) -> tuple[SettingField, ...]:
    beginning = f"deadlines.{name}"
    return (
        SettingField(f"{beginning}.remind_after_hours", label, Control.NUMBER, hint=N_("Hours; empty: nobody")),
        SettingField(f"{beginning}.escalate_after_hours", second, Control.NUMBER, hint=N_("Hours; empty: nobody else")),
    )


ISSUER_FORM = SettingForm(
    IssuerInput,
    (
        Group(
            N_("Company"),
            (
                SettingField("party.name", N_("Company"), longest=300),
                SettingField("party.company_type", N_("Legal form"), longest=100),
                SettingField("party.address", N_("Address"), longest=500),
                SettingField("party.tin", N_("Tax number"), longest=30),
                SettingField("party.signer", N_("Signer"), longest=200),
                SettingField("party.country", N_("Country"), longest=60),
                SettingField("zone", N_("Time zone"), hint=N_("In which days begin and end"), suggested="zones"),
                SettingField("notice_email", N_("Notices to"), hint=N_("An e-mail address, told of each approval")),
                SettingField("logo", N_("Logo"), Control.IMAGE, hint=N_("An SVG or PNG file of at most 200 kB")),
            ),
        ),
        Group(
            N_("Bank accounts"),
            (
                SettingField("party.account_number", N_("Account"), longest=50),
                SettingField("party.bank_name", N_("Bank"), longest=300),
                SettingField("party.mfo", N_("MFO"), longest=20),
                SettingField("party.swift_bic", "SWIFT/BIC", longest=20),
                SettingField(
                    "accounts",
                    N_("Accounts for one currency each"),
                    Control.ROWS,
                    hint=N_("The account above receives all other currencies."),
                    columns=(
                        CURRENCY,
                        SettingField("account_number", N_("Account"), longest=50),
                        SettingField("bank_name", N_("Bank"), longest=300),
                        SettingField("mfo", N_("MFO"), longest=20),
                        SettingField("swift_bic", "SWIFT/BIC", longest=20),
                    ),
                ),
            ),
        ),
        Group(
            N_("Taxes"),
            (
                SettingField(
                    "taxes",
                    N_("Rates of tax"),
                    Control.ROWS,
                    hint=N_("A rate of 0.12 is twelve percent. One rate may apply on a day to all that name no code."),
                    columns=(
                        SettingField("code", N_("Code"), longest=30),
                        SettingField("rate", N_("Rate"), Control.FACTOR),
                        SettingField("valid_from", N_("Valid from"), Control.DAY),
                        SettingField("valid_to", N_("Last day"), Control.DAY),
                        SettingField("by_code_only", N_("Only where its code is named"), Control.CHECK),
                    ),
                ),
            ),
        ),
        Group(
            N_("Approvals and limits"),
            (
                SettingField(
                    "review.four_eyes",
                    N_("Who may not approve an invoice"),
                    Control.SELECT,
                    options={
                        "false": N_("Nobody: one person is enough"),
                        FourEyes.FINALISER: N_("Whoever finalised it"),
                        FourEyes.ANY_MAKER: N_("Whoever finalised or edited it"),
                    },
                ),
                SettingField(
                    "review.admin_above",
                    N_("Totals that only an admin approves"),
                    Control.ROWS,
                    keys=1,
                    columns=(CURRENCY, SettingField("amount", N_("Above"), Control.AMOUNT, is_required=True)),
                ),
                SettingField(
                    "review.write_off_limits",
                    N_("The largest rest that a role may write off"),
                    Control.ROWS,
                    hint=N_("Without a limit an editor writes off nothing and a manager any amount."),
                    keys=2,
                    columns=(
                        SettingField(
                            "role",
                            N_("Role"),
                            Control.SELECT,
                            options={role: ROLES[role] for role in (Role.EDITOR, Role.MANAGER)},
                        ),
                        CURRENCY,
                        SettingField("amount", N_("At most"), Control.AMOUNT, is_required=True),
                    ),
                ),
            ),
        ),
        Group(
            N_("Deadlines"),
            (
                *_wait("review", N_("Review: remind after"), N_("Review: tell the next role after")),
                *_wait("signature", N_("Our signature: remind after"), N_("Our signature: tell the next role after")),
                *_wait("blocked_effect", N_("What failed: remind after"), N_("What failed: tell the next role after")),
                *_wait(
                    "unknown_outcome",
                    N_("Unknown outcome: remind after"),
                    N_("Unknown outcome: tell the next role after"),
                ),
                *_wait("late_work", N_("Late work: remind after"), N_("Late work: tell the next role after")),
            ),
            is_folded=True,
            text=N_("What waits for a person: after how many hours Aktum reminds. Nights and weekends count."),
        ),
        Group(
            N_("Code of the service in Didox"),
            service_code("service_code."),
            is_folded=True,
            text=N_("For contracts without a code of their own."),
        ),
    ),
    optional=(
        *(f"deadlines.{name}" for name in ("review", "signature", "blocked_effect", "unknown_outcome", "late_work")),
        "deadlines",
        "service_code",
    ),
)
_PATTERN = SettingField("pattern", N_("Pattern"), hint=N_("Such as ACT-{year}-{seq:04d}"), longest=50, is_required=True)
_LAST = SettingField(
    "last_number", N_("Last number used"), Control.NUMBER, hint=N_("Without it the series gives no numbers")
)
_COUNTED_IN = SettingField(
    "counted_in", N_("In the year or month"), hint=N_("Such as 2026 or 2026-03; empty: the present one"), longest=7
)
NUMBER_SERIES_FORM = SettingForm(
    SeriesChange,
    (
        Group(
            "",
            (
                _PATTERN,
                _LAST,
                _COUNTED_IN,
                SettingField("reason", N_("Reason"), hint=N_("Required when numbers are skipped or go back")),
            ),
        ),
    ),
)
NEW_SERIES_FORM = SettingForm(
    NewSeries,
    (
        Group(
            "",
            (
                SettingField("key", N_("Name"), hint=N_("Such as ACT; it stays"), longest=50),
                _PATTERN,
                SettingField(
                    "reset",
                    N_("Numbers begin anew"),
                    Control.SELECT,
                    options={Reset.NEVER: N_("never"), Reset.YEAR: N_("each year"), Reset.MONTH: N_("each month")},
                ),
                _LAST,
                _COUNTED_IN,
            ),
        ),
    ),
)
AREAS = (
    AreaPage(
        Area.ISSUER,
        N_("Issuer"),
        N_("The company on every document, its accounts and taxes, and who must approve what."),
        Single(ISSUER, ISSUER.KEY),
        ISSUER_FORM,
        least_role=ADMINISTERING,
    ),
    AreaPage(
        Area.NUMBER_SERIES,
        N_("Number series"),
        N_("How invoices are numbered. Numbers have no gaps and are never issued twice."),
        NumberSeriesKind(),
        NUMBER_SERIES_FORM,
        NEW_SERIES_FORM,
        listed=("pattern", "last_number"),
        add_label=N_("Add a number series"),
        is_removable=False,
        admin_fields=frozenset({"last_number", "counted_in"}),
        sends_changes_only=True,
    ),
    AreaPage(
        Area.COST_ACCESS,
        N_("Who sees costs"),
        N_("The least role that sees cost rates, costs and margins."),
        Single(COST_ACCESS, COST_ACCESS.KEY, CostAccess()),
        SettingForm(
            CostAccess,
            (
                Group(
                    "",
                    (
                        SettingField(
                            "least_role",
                            N_("Least role"),
                            Control.SELECT,
                            hint=N_("This role and those above it see costs and margins; a viewer never does."),
                            options={role: ROLES[role] for role in Role if role is not Role.VIEWER},
                        ),
                    ),
                ),
            ),
        ),
        least_role=ADMINISTERING,
    ),
)
