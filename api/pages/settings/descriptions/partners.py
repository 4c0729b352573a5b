"""The settings of partners: groups, partners, the rate card, installers and their rates, and KPIs."""

from api.pages.languages import N_
from api.pages.settings.area_page import VALIDITY, AreaPage, key_field, keyed
from api.pages.settings.descriptions.contracts import REMINDERS
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm
from api.pages.settings.kinds import Dated, Keyed
from api.settings.partner_repositories import PARTNER_GROUPS, PARTNERS, RATE_CARDS
from models.partners.order_type import OrderType
from models.partners.partner import InvoiceFormat, Language
from models.partners.rate_card import RateCardInput
from models.partners.settings import PartnerGroupInput, PartnerInput
from models.settings.area import Area

ORDER_TYPES = {
    OrderType.ACTIVATION: N_("Activation"),
    OrderType.MODIFICATION_INDOOR: N_("Modification, indoor"),
    OrderType.MODIFICATION_OUTDOOR: N_("Modification, outdoor"),
    OrderType.ASSURANCE: N_("Assurance"),
    OrderType.VALUE_ADDED_SERVICE: N_("Value added service"),
    OrderType.SDU: "SDU",
    OrderType.RDF_POLE: N_("RDF pole"),
    OrderType.CANCELLATION: N_("Cancellation"),
}
PARTNER_KEY = N_("Capital letters, digits and _, such as TIME")
TAX_CODE = SettingField(
    "tax_code", N_("Tax code"), hint=N_("Of the tax table of the issuer; empty: no tax"), suggested="taxes", longest=30
)
GROUP_FORM = SettingForm(PartnerGroupInput, (Group("", (SettingField("name", N_("Name of the group"), longest=200),)),))
PARTNER_FORM = SettingForm(
    PartnerInput,
    (
        Group(
            N_("Partner"),
            (
                SettingField("name", N_("Company"), longest=200),
                SettingField("group", N_("Group"), suggested="groups", longest=20),
                SettingField("billing_address", N_("Address"), Control.AREA, longest=500),
                SettingField("portal_url", N_("Portal"), hint=N_("Where its invoices are uploaded"), longest=500),
                SettingField("tax_registration", N_("Tax number"), longest=50),
                SettingField(
                    "contacts",
                    N_("Contacts"),
                    Control.ROWS,
                    columns=(
                        SettingField("name", N_("Name"), longest=100),
                        SettingField("email", N_("E-mail")),
                        SettingField("phone", N_("Telephone"), longest=30),
                    ),
                ),
            ),
        ),
        Group(
            N_("Orders"),
            (
                SettingField("order_types", N_("Types of orders"), Control.CHOICES, options=ORDER_TYPES),
                SettingField("requires_ttkt", N_("An assurance order needs its ticket (TTKT)"), Control.CHECK),
                SettingField("requires_awo", N_("An assurance order needs its AWO"), Control.CHECK),
                SettingField(
                    "standby_port_needs_approval", N_("Port 32 of a 1:32 splitter needs approval"), Control.CHECK
                ),
                SettingField(
                    "splitter_needed_at_docket", N_("A docket is received with splitter and port"), Control.CHECK
                ),
                SettingField("zone", N_("Time zone"), suggested="zones"),
            ),
        ),
        Group(
            N_("Invoice"),
            (
                SettingField("series", N_("Number series"), suggested="series", longest=50),
                SettingField(
                    "invoice_format",
                    N_("Orders on an invoice"),
                    Control.SELECT,
                    options={InvoiceFormat.SINGLE_JOB: N_("one"), InvoiceFormat.BATCH: N_("several")},
                ),
                SettingField("payment_days", N_("Payment days"), Control.NUMBER, hint=N_("From the day of the upload")),
                REMINDERS,
                SettingField("needs_review", N_("A manager approves each invoice"), Control.CHECK),
                SettingField("needs_submission_id", N_("An upload needs the id of the portal"), Control.CHECK),
                SettingField("currency", N_("Currency"), suggested="currencies", longest=3),
                TAX_CODE,
                SettingField(
                    "language", N_("Language of documents"), Control.SELECT, options={Language.ENGLISH: "English"}
                ),
                SettingField("recognise_revenue_in_planfact", N_("Recognise its revenue in PlanFact"), Control.CHECK),
            ),
        ),
        Group(
            N_("Texts"),
            (
                SettingField("payment_instructions", N_("Payment instructions"), Control.AREA),
                SettingField("terms", N_("Terms"), Control.AREA),
                SettingField("footer_note", N_("Footer"), Control.AREA),
            ),
            is_folded=True,
        ),
    ),
)
PARTNER = SettingField("partner", N_("Partner"), hint=N_("Its key"), suggested="partners", longest=20)
ORDER_TYPE = SettingField("order_type", N_("Type of order"), Control.SELECT, options=ORDER_TYPES)
CATEGORY = SettingField("category", N_("Service category"), hint=N_("Such as FTTH, FTTO, FTTR or FTTC"), longest=40)
METHOD = SettingField("method", N_("Installation method"), hint=N_("Empty: any"), longest=40)
CURRENCY = SettingField("currency", N_("Currency"), suggested="currencies", longest=3)
AMOUNT = SettingField("amount", N_("Amount"), Control.AMOUNT, hint=N_("For one job, before tax"))
RATE_CARD_FORM = SettingForm(
    RateCardInput,
    (
        Group(
            N_("Work"),
            (
                SettingField("partner", N_("Partner"), hint=N_("Its key, or a group instead"), suggested="partners"),
                SettingField("group", N_("Group"), hint=N_("Neither: the rate of everybody"), suggested="groups"),
                ORDER_TYPE,
                CATEGORY,
                METHOD,
            ),
        ),
        Group(
            N_("Price"),
            (
                AMOUNT,
                CURRENCY,
                SettingField(
                    "tax_code", N_("Tax code"), hint=N_("Empty: that of the partner"), suggested="taxes", longest=30
                ),
                SettingField("department", N_("Department"), hint=N_("A remark; it selects no rate"), longest=100),
            ),
        ),
        VALIDITY,
    ),
)
AREAS = (
    AreaPage(
        Area.PARTNERS,
        N_("Partners"),
        N_("How each partner is invoiced: contacts, portal, numbers, payment days, taxes and texts."),
        Keyed(PARTNERS),
        PARTNER_FORM,
        keyed(PARTNER_FORM, key_field(N_("Key"), PARTNER_KEY, longest=20)),
        listed=("name", "group", "series", "payment_days", "currency"),
        add_label=N_("Add a partner"),
        removal=N_("A partner with rates or orders cannot be removed."),
    ),
    AreaPage(
        Area.PARTNER_GROUPS,
        N_("Groups of partners"),
        N_("Partners that share rates."),
        Keyed(PARTNER_GROUPS),
        GROUP_FORM,
        keyed(GROUP_FORM, key_field(N_("Key"), PARTNER_KEY, longest=20)),
        listed=("name",),
        add_label=N_("Add a group"),
        removal=N_("A group with partners or rates cannot be removed."),
    ),
    AreaPage(
        Area.RATE_CARDS,
        N_("Rate card"),
        N_("What a job costs a partner, by type, category and method. The only source of partner prices."),
        Dated(RATE_CARDS),
        RATE_CARD_FORM,
        RATE_CARD_FORM,
        listed=("amount", "currency", "valid_from", "valid_to", "description"),
        fixed=("partner", "group", "order_type", "category", "method", "currency", "valid_from"),
        add_label=N_("Add a rate"),
    ),
)
