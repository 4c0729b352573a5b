"""The settings of costs: cloud resources and their allocation, exchange rates, cost rates and overhead."""

from api.pages.languages import N_
from api.pages.settings.area_page import VALIDITY, AreaPage
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm
from api.pages.settings.kinds import Dated, Single
from api.settings.cloud_inputs import AllocationRuleInput, CloudResourceInput
from api.settings.cloud_repositories import ALLOCATION_RULES, CLOUD_RESOURCES
from api.settings.cost_repositories import COST_ASSIGNMENTS, COST_RATES, EXCHANGE_RATES, MARGIN_TARGETS, OVERHEAD_RULES
from models.bills.allocation.rule import TargetKind
from models.quotes.margins.targets import MarginTargets
from models.quotes.rates.cost_assignment import CostAssignmentInput
from models.quotes.rates.cost_rate import CostOf, CostRateInput
from models.quotes.rates.overhead_rule import OverheadKind, OverheadRuleInput
from models.settings.area import Area
from models.settings.exchange_rate import ExchangeRateInput

_PROVIDER = SettingField("provider", N_("Provider"), hint=N_("As the bills name it"), longest=60)
_CURRENCY = SettingField("currency", N_("Currency"), suggested="currencies", longest=3)
RESOURCE_FORM = SettingForm(
    CloudResourceInput,
    (
        Group(
            N_("How it is recognised"),
            (
                SettingField("resource", N_("Short name"), hint=N_("Your own; it stays"), longest=60),
                _PROVIDER,
                SettingField("provider_resource_id", N_("Id at the provider"), longest=500),
                SettingField("name", N_("Name in the bills"), longest=200),
                SettingField("size", N_("Size in the bills"), longest=200),
                SettingField(
                    "tags",
                    N_("Tags"),
                    Control.ROWS,
                    keys=1,
                    columns=(
                        SettingField("tag", N_("Tag"), longest=128),
                        SettingField("value", N_("Value"), longest=256),
                    ),
                ),
            ),
        ),
        Group(
            N_("To whom it belongs"),
            (
                SettingField("contract", N_("Contract"), hint=N_("Under which its cost is resold"), longest=50),
                SettingField("client", N_("Client"), hint=N_("The key"), longest=200),
                SettingField("project", N_("Project"), hint=N_("Bears its cost without a contract"), longest=200),
                SettingField("owner", N_("Owner"), longest=200),
            ),
        ),
        VALIDITY,
    ),
)
ALLOCATION_FORM = SettingForm(
    AllocationRuleInput,
    (
        Group(
            N_("Which lines it fits"),
            (
                SettingField("rule", N_("Short name"), hint=N_("Your own; it stays"), longest=60),
                SettingField("position", N_("Position"), Control.NUMBER, hint=N_("The lowest is tried first")),
                _PROVIDER,
                SettingField("tag", N_("Tag"), longest=128),
                SettingField("tag_value", N_("Value of the tag"), hint=N_("Empty: any"), longest=256),
                SettingField("resource", N_("Resource"), hint=N_("Its short name"), longest=60),
                SettingField("service", N_("Service"), longest=200),
                SettingField("project", N_("Project of the line"), longest=200),
            ),
        ),
        Group(
            N_("Who bears the cost"),
            (
                SettingField(
                    "shares",
                    N_("Shares"),
                    Control.ROWS,
                    hint=N_("The percentages add up to 100."),
                    columns=(
                        SettingField(
                            "kind",
                            N_("Kind"),
                            Control.SELECT,
                            options={TargetKind.CONTRACT: N_("Contract"), TargetKind.PROJECT: N_("Project")},
                        ),
                        SettingField("key", N_("Key or name"), longest=200),
                        SettingField("percent", N_("Percent"), Control.FACTOR),
                    ),
                ),
            ),
        ),
        VALIDITY,
    ),
)
EXCHANGE_FORM = SettingForm(
    ExchangeRateInput,
    (
        Group(
            "",
            (
                SettingField("units", N_("Units"), Control.NUMBER),
                SettingField("from_currency", N_("Of the currency"), suggested="currencies", longest=3),
                SettingField("rate", N_("Cost"), Control.FACTOR),
                SettingField("to_currency", N_("In the currency"), suggested="currencies", longest=3),
                SettingField("source", N_("Source"), hint=N_("Such as Central Bank of Uzbekistan"), longest=100),
            ),
        ),
        VALIDITY,
    ),
)
COST_RATE_FORM = SettingForm(
    CostRateInput,
    (
        Group(
            N_("Whose cost"),
            (
                SettingField(
                    "kind",
                    N_("Kind"),
                    Control.SELECT,
                    options={
                        CostOf.EMPLOYEE: N_("Employee"),
                        CostOf.ROLE: N_("Role in a project"),
                        CostOf.GRADE: N_("Grade"),
                    },
                ),
                SettingField("code", N_("Code"), hint=N_("The account id of an employee, or a code"), longest=128),
            ),
        ),
        Group(
            N_("Cost of a month"),
            (
                _CURRENCY,
                SettingField("gross", N_("Gross pay"), Control.AMOUNT),
                SettingField("taxes_percent", N_("Taxes, percent of gross pay"), Control.FACTOR),
                SettingField("taxes_amount", N_("or taxes as an amount"), Control.AMOUNT),
                SettingField("benefits_percent", N_("Benefits, percent of gross pay"), Control.FACTOR),
                SettingField("benefits_amount", N_("or benefits as an amount"), Control.AMOUNT),
                SettingField("hours_per_month", N_("Working hours"), Control.AMOUNT),
                SettingField("utilisation_percent", N_("Of these billable, percent"), Control.FACTOR),
            ),
        ),
        VALIDITY,
    ),
)
ASSIGNMENT_FORM = SettingForm(
    CostAssignmentInput,
    (
        Group(
            "",
            (
                SettingField("employee", N_("Employee"), hint=N_("The account id of the worklogs"), longest=128),
                SettingField("role", N_("Role in a project"), suggested="cost_roles", longest=128),
                SettingField(
                    "grade",
                    N_("Grade"),
                    hint=N_("Its cost rate counts where the role has none"),
                    suggested="cost_grades",
                    longest=128,
                ),
            ),
        ),
        VALIDITY,
    ),
)
OVERHEAD_FORM = SettingForm(
    OverheadRuleInput,
    (
        Group(
            "",
            (
                SettingField("code", N_("Code"), hint=N_("Such as OFFICE"), longest=40),
                SettingField(
                    "kind",
                    N_("Kind"),
                    Control.SELECT,
                    options={
                        OverheadKind.PERCENT: N_("A percentage of the direct cost"),
                        OverheadKind.PER_HEAD: N_("An amount a month for each person"),
                        OverheadKind.SPREAD: N_("An amount a month over the hours of the company"),
                    },
                ),
                SettingField("percent", N_("Percent"), Control.FACTOR),
                SettingField("amount", N_("Amount"), Control.AMOUNT),
                _CURRENCY,
                SettingField("billable_hours", N_("Hours that the company bills in a month"), Control.AMOUNT),
            ),
        ),
        VALIDITY,
    ),
)
AREAS = (
    AreaPage(
        Area.EXCHANGE_RATES,
        N_("Exchange rates"),
        N_("Rates by day, with their source. Calculations and resold cloud cost use them."),
        Dated(EXCHANGE_RATES),
        EXCHANGE_FORM,
        EXCHANGE_FORM,
        listed=("units", "rate", "source", "valid_from", "valid_to"),
        fixed=("from_currency", "to_currency", "valid_from"),
        add_label=N_("Add an exchange rate"),
    ),
    AreaPage(
        Area.CLOUD_RESOURCES,
        N_("Cloud resources"),
        N_("Which server or service in a vendor's bill belongs to which contract or project."),
        Dated(CLOUD_RESOURCES),
        RESOURCE_FORM,
        RESOURCE_FORM,
        listed=("provider", "name", "contract", "project", "valid_from", "valid_to"),
        fixed=("resource", "valid_from"),
        add_label=N_("Add a cloud resource"),
    ),
    AreaPage(
        Area.ALLOCATION_RULES,
        N_("Allocation of cloud cost"),
        N_("Who bears a cost. The first rule that fits a line allocates it."),
        Dated(ALLOCATION_RULES),
        ALLOCATION_FORM,
        ALLOCATION_FORM,
        listed=("position", "provider", "service", "shares", "valid_from", "valid_to"),
        fixed=("rule", "valid_from"),
        add_label=N_("Add an allocation rule"),
    ),
    AreaPage(
        Area.COST_RATES,
        N_("Cost rates"),
        N_("What a month of an employee, a role or a grade costs the company."),
        Dated(COST_RATES),
        COST_RATE_FORM,
        COST_RATE_FORM,
        listed=("gross", "currency", "hours_per_month", "utilisation_percent", "valid_from", "valid_to"),
        fixed=("kind", "code", "valid_from"),
        add_label=N_("Add a cost rate"),
    ),
    AreaPage(
        Area.COST_ASSIGNMENTS,
        N_("Roles and grades"),
        N_("Which role and grade an employee has. Work without an own cost rate of the employee costs what they say."),
        Dated(COST_ASSIGNMENTS),
        ASSIGNMENT_FORM,
        ASSIGNMENT_FORM,
        listed=("role", "grade", "valid_from", "valid_to"),
        fixed=("employee", "valid_from"),
        add_label=N_("Give a role or a grade"),
    ),
    AreaPage(
        Area.OVERHEAD_RULES,
        N_("Overhead"),
        N_("What work costs beside the people who do it."),
        Dated(OVERHEAD_RULES),
        OVERHEAD_FORM,
        OVERHEAD_FORM,
        listed=("kind", "percent", "amount", "currency", "valid_from", "valid_to"),
        fixed=("code", "valid_from"),
        add_label=N_("Add an overhead rule"),
    ),
    AreaPage(
        Area.MARGIN_TARGETS,
        N_("Wanted margins"),
        N_("Below which margins deals and contracts are marked."),
        Single(MARGIN_TARGETS, MARGIN_TARGETS.KEY, MarginTargets()),
        SettingForm(
            MarginTargets,
            (
                Group(
                    "",
                    (
                        SettingField(
                            "floor_percent", N_("Floor, per cent"), Control.AMOUNT, hint=N_("A deal below it is marked")
                        ),
                        SettingField(
                            "target_percent",
                            N_("Target, per cent"),
                            Control.AMOUNT,
                            hint=N_("A contract below it is marked"),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
