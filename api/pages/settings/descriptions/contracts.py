"""The settings of contracts: prices, how each is invoiced, whose work is not billed, and resold cloud cost."""

from api.pages.languages import N_
from api.pages.settings.area_page import VALIDITY, AreaPage, key_field, keyed
from api.pages.settings.descriptions.company import service_code
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm
from api.pages.settings.kinds import Dated, Keyed, RateRules
from api.pages.words import CHANNELS
from api.settings.cloud_repositories import RESALE_RULES
from api.settings.repositories import CLASSIFICATIONS, CLIENT_CONFIGS, EXCLUSIONS
from models.contracts.resale import ResaleRuleInput
from models.contracts.settings import Classification, ClientConfig, DatedRule, Exclusion
from models.contracts.tax import TaxTreatment
from models.contracts.terms import ExclusionType, ProjectClass
from models.settings.area import Area

CONTRACT = key_field(N_("Contract"), N_("The key, such as APP-001"), longest=50)
REMINDERS = SettingField(
    "reminder_days",
    N_("Reminders, days after the due date"),
    Control.NUMBERS,
    hint=N_("Separated by commas; -7 is a week before it"),
)
RULE_FORM = SettingForm(
    DatedRule,
    (
        Group(
            N_("Price"),
            (
                SettingField("valid_from", N_("Valid from"), Control.DAY),
                SettingField("valid_to", N_("Last day"), Control.DAY, hint=N_("Empty: until another one begins")),
                SettingField("base_hourly_rate", N_("Rate of an hour"), Control.AMOUNT),
                SettingField(
                    "monthly_limit_hours",
                    N_("Hours inside the base"),
                    Control.AMOUNT,
                    hint=N_("Of a support contract in a month; 0 where there are none"),
                ),
                SettingField("bill_base_when_empty", N_("Charge the base in a month without work"), Control.CHECK),
            ),
        ),
        Group(
            N_("Multipliers"),
            (
                SettingField("overtime_multiplier", N_("Overtime"), Control.FACTOR),
                SettingField("p1_p3_multiplier", N_("Urgent tasks (P1 to P3)"), Control.FACTOR),
                SettingField("off_hours_multiplier", N_("Outside business hours"), Control.FACTOR),
                SettingField("p1_p3_off_hours_multiplier", N_("Urgent tasks outside business hours"), Control.FACTOR),
            ),
        ),
        Group(
            N_("Business hours"),
            (
                SettingField("business_hours_start", N_("Begin at"), Control.CLOCK),
                SettingField("business_hours_end", N_("End at"), Control.CLOCK),
                SettingField("business_hours_tz", N_("Time zone"), suggested="zones"),
                SettingField(
                    "weekend_days",
                    N_("Weekend"),
                    Control.NUMBERS,
                    hint=N_("Days from 1, Monday, to 7, Sunday, separated by commas"),
                ),
            ),
        ),
    ),
)
CONFIG_FORM = SettingForm(
    ClientConfig,
    (
        Group(
            N_("Invoice"),
            (
                SettingField("series", N_("Number series"), suggested="series", longest=50),
                SettingField("payment_days", N_("Payment days"), Control.NUMBER),
                REMINDERS,
            ),
        ),
        Group(
            N_("Delivery"),
            (
                SettingField(
                    "channel", N_("Channel"), Control.SELECT, options=CHANNELS, empty=N_("by the kind of client")
                ),
                SettingField(
                    "recipients", N_("Recipients"), Control.LIST, hint=N_("Empty: the contacts of the client")
                ),
                SettingField("cc", N_("Copies to"), Control.LIST, hint=N_("Separated by commas")),
                SettingField("bcc", N_("Hidden copies to"), Control.LIST, hint=N_("Separated by commas")),
            ),
        ),
        Group(
            N_("What the document shows"),
            (
                SettingField("show_task_list", N_("Show the list of tasks"), Control.CHECK),
                SettingField("show_tracked_time", N_("Show the tracked time"), Control.CHECK),
                SettingField("show_task_pricing", N_("Show the prices of tasks"), Control.CHECK),
                SettingField("show_overtime", N_("Show overtime"), Control.CHECK),
                SettingField("legal_text", N_("Legal text"), Control.AREA, longest=20_000),
            ),
        ),
        Group(
            N_("Tax"),
            (
                SettingField(
                    "tax_treatment",
                    N_("Treatment"),
                    Control.SELECT,
                    options={
                        TaxTreatment.STANDARD: N_("Standard: the tax of the issuer"),
                        TaxTreatment.ZERO: N_("Zero: a rate of 0"),
                        TaxTreatment.EXEMPT: N_("Exempt: no tax"),
                        TaxTreatment.REVERSE_CHARGE: N_("Reverse charge: the client pays the tax"),
                    },
                ),
                SettingField(
                    "tax_note",
                    N_("Legal text of the treatment"),
                    Control.AREA,
                    hint=N_("Printed on documents; an exemption needs it"),
                    longest=1000,
                ),
                SettingField("prices_include_tax", N_("Rates and amounts contain the tax"), Control.CHECK),
            ),
        ),
        Group(
            N_("Code of the service in Didox"),
            service_code(),
            is_folded=True,
            text=N_("Empty: the code of the issuer."),
        ),
    ),
)
EXCLUSION_FORM = SettingForm(
    Exclusion,
    (
        Group(
            "",
            (
                SettingField(
                    "exclusion_type",
                    N_("Treatment"),
                    Control.SELECT,
                    options={
                        ExclusionType.OVERHEAD_ONLY: N_("Counted, not billed"),
                        ExclusionType.EXCLUDED: N_("Ignored"),
                    },
                ),
                SettingField("note", N_("Note"), hint=N_("The person and the reason"), longest=500),
            ),
        ),
    ),
)
CLASSIFICATION_FORM = SettingForm(
    Classification,
    (
        Group(
            "",
            (
                SettingField(
                    "classification",
                    N_("Class"),
                    Control.SELECT,
                    options={
                        ProjectClass.BILLABLE: N_("Billable"),
                        ProjectClass.INTERNAL: N_("Internal"),
                        ProjectClass.OVERHEAD: N_("Overhead"),
                    },
                ),
            ),
        ),
    ),
)
RESALE_FORM = SettingForm(
    ResaleRuleInput,
    (
        Group(
            "",
            (
                SettingField("contract", N_("Contract"), hint=N_("The key, such as APP-001"), longest=50),
                SettingField("margin_percent", N_("Margin, percent"), Control.FACTOR, hint=N_("Added to the cost")),
                SettingField(
                    "minimum",
                    N_("Least charge of a month"),
                    Control.AMOUNT,
                    hint=N_("In the currency of the contract, for a month that has cost"),
                ),
            ),
        ),
        VALIDITY,
    ),
)
AREAS = (
    AreaPage(
        Area.RATE_RULES,
        N_("Rate rules"),
        N_("What an hour of a contract costs, from a day on. The rule of a period's last day prices the period."),
        RateRules(),
        RULE_FORM,
        keyed(RULE_FORM, CONTRACT),
        listed=("base_hourly_rate", "monthly_limit_hours", "overtime_multiplier", "valid_from", "valid_to"),
        fixed=("valid_from",),
        add_label=N_("Add a rate rule"),
        removal=N_("Only a rule that has not begun can be removed. The rule before it stays valid in its place."),
    ),
    AreaPage(
        Area.CLIENT_CONFIG,
        N_("How contracts are invoiced"),
        N_("Number series, payment days, delivery, and what the documents of a contract show."),
        Keyed(CLIENT_CONFIGS),
        CONFIG_FORM,
        keyed(CONFIG_FORM, CONTRACT),
        listed=("series", "payment_days", "channel", "tax_treatment"),
        add_label=N_("Configure a contract"),
        removal=N_("The defaults apply to the contract again. Issued documents keep what they were made with."),
    ),
    AreaPage(
        Area.EXCLUSIONS,
        N_("Employees who are not billed"),
        N_("Whose worklogs are counted only, or ignored."),
        Keyed(EXCLUSIONS),
        EXCLUSION_FORM,
        keyed(EXCLUSION_FORM, key_field(N_("Account"), N_("The account id of the worklogs"))),
        listed=("exclusion_type", "note"),
        add_label=N_("Exclude an employee"),
        removal=N_("The work of this employee is billed again, in drafts from now on."),
    ),
    AreaPage(
        Area.CLASSIFICATIONS,
        N_("Classes of projects"),
        N_("Which project labels are billable. Hours of internal and overhead projects reach no invoice."),
        Keyed(CLASSIFICATIONS),
        CLASSIFICATION_FORM,
        keyed(CLASSIFICATION_FORM, key_field(N_("Project label"), longest=100)),
        listed=("classification",),
        add_label=N_("Classify a project"),
        removal=N_("The hours of this project are billable again, in drafts from now on."),
    ),
    AreaPage(
        Area.RESALE_RULES,
        N_("Resale of cloud cost"),
        N_("Which contracts pay for the cloud cost that is allocated to them, and with which margin."),
        Dated(RESALE_RULES),
        RESALE_FORM,
        RESALE_FORM,
        listed=("margin_percent", "minimum", "valid_from", "valid_to"),
        fixed=("contract", "valid_from"),
        add_label=N_("Add a resale rule"),
    ),
)
