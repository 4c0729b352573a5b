"""The settings of installers and of KPIs: who is paid what, and how long a job may take."""

from api.pages.languages import N_
from api.pages.settings.area_page import VALIDITY, AreaPage
from api.pages.settings.descriptions.partners import AMOUNT, CATEGORY, CURRENCY, METHOD, ORDER_TYPE, ORDER_TYPES
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm
from api.pages.settings.kinds import Dated
from api.settings.partner_repositories import INSTALLER_RATES, INSTALLERS, KPI_RULES, KPI_TARGETS
from models.partners.kpi.rule import KpiUnit
from models.settings.area import Area

_TYPES = {"employee": N_("Employee"), "subcon": N_("Subcontractor")}
_LEVEL = SettingField("level", N_("Level"), hint=N_("Empty: none, or all"), longest=40)
INSTALLER_FORM = SettingForm(
    INSTALLERS.model,
    (
        Group(
            "",
            (
                SettingField("installer", N_("Code"), hint=N_("As the installer's own rates have it"), longest=40),
                SettingField("name", N_("Name"), hint=N_("As the orders name the installer"), longest=200),
                SettingField("installer_type", N_("Works as"), Control.SELECT, options=_TYPES),
                _LEVEL,
            ),
        ),
        VALIDITY,
    ),
)
INSTALLER_RATE_FORM = SettingForm(
    INSTALLER_RATES.model,
    (
        Group(
            N_("Who"),
            (
                SettingField("installer", N_("Installer"), hint=N_("The code of one, or a type instead"), longest=40),
                SettingField(
                    "installer_type", N_("All who work as"), Control.SELECT, options=_TYPES, empty=N_("one installer")
                ),
                _LEVEL,
            ),
        ),
        Group(N_("Work"), (ORDER_TYPE, CATEGORY, METHOD)),
        Group(
            N_("Price"),
            (
                AMOUNT,
                CURRENCY,
                SettingField("on_time_bonus", N_("Bonus when on time"), Control.AMOUNT),
                SettingField("late_penalty", N_("Penalty when late"), Control.AMOUNT),
            ),
        ),
        VALIDITY,
    ),
)
TARGET_FORM = SettingForm(
    KPI_TARGETS.model,
    (
        Group(
            "",
            (
                SettingField("partner", N_("Partner"), hint=N_("Its key; empty: all"), suggested="partners"),
                SettingField(
                    "order_type", N_("Type of order"), Control.SELECT, options=ORDER_TYPES, empty=N_("every type")
                ),
                METHOD,
                SettingField("minutes", N_("Minutes"), Control.NUMBER, hint=N_("From OnTheWay to OrderCompleted")),
            ),
        ),
        VALIDITY,
    ),
)
RULE_FORM = SettingForm(
    KPI_RULES.model,
    (
        Group(
            "",
            (
                SettingField("partner", N_("Partner"), hint=N_("Its key"), suggested="partners"),
                SettingField(
                    "order_type", N_("Type of order"), Control.SELECT, options=ORDER_TYPES, empty=N_("every type")
                ),
                SettingField(
                    "unit",
                    N_("The numbers are"),
                    Control.SELECT,
                    options={KpiUnit.AMOUNT: N_("amounts"), KpiUnit.PERCENT: N_("percent of the job")},
                ),
                SettingField("on_time_bonus", N_("Bonus when on time"), Control.AMOUNT),
                SettingField("late_penalty", N_("Penalty when late"), Control.AMOUNT),
                SettingField("exceeded_penalty", N_("Penalty above the target"), Control.AMOUNT),
            ),
        ),
        VALIDITY,
    ),
)
AREAS = (
    AreaPage(
        Area.KPI_TARGETS,
        N_("KPI targets"),
        N_("How many minutes a job may take."),
        Dated(KPI_TARGETS),
        TARGET_FORM,
        TARGET_FORM,
        listed=("minutes", "valid_from", "valid_to"),
        fixed=("partner", "order_type", "method", "valid_from"),
        add_label=N_("Add a KPI target"),
    ),
    AreaPage(
        Area.KPI_RULES,
        N_("KPI rules"),
        N_("What a partner pays or takes for the time of a job. Without a rule no KPI touches an amount."),
        Dated(KPI_RULES),
        RULE_FORM,
        RULE_FORM,
        listed=("unit", "on_time_bonus", "late_penalty", "exceeded_penalty", "valid_from", "valid_to"),
        fixed=("partner", "order_type", "valid_from"),
        add_label=N_("Add a KPI rule"),
    ),
    AreaPage(
        Area.INSTALLERS,
        N_("Installers"),
        N_("Who does the jobs: the name in the orders, employee or subcontractor, and the level."),
        Dated(INSTALLERS),
        INSTALLER_FORM,
        INSTALLER_FORM,
        listed=("name", "installer_type", "level", "valid_from", "valid_to"),
        fixed=("installer", "valid_from"),
        add_label=N_("Add an installer"),
    ),
    AreaPage(
        Area.INSTALLER_RATES,
        N_("Rates of installers"),
        N_("What an installer is paid for a job. No invoice is computed from them."),
        Dated(INSTALLER_RATES),
        INSTALLER_RATE_FORM,
        INSTALLER_RATE_FORM,
        listed=("amount", "currency", "on_time_bonus", "late_penalty", "valid_from", "valid_to"),
        fixed=("installer", "installer_type", "level", "order_type", "category", "method", "currency", "valid_from"),
        add_label=N_("Add a rate of installers"),
    ),
)
