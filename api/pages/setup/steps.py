"""The steps of the set-up in words, each with the page that mends it for whom may open that page."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType

from api.pages.languages import N_
from models.access.roles import ADMINISTERING, CONFIGURING, Role
from models.settings.setup import Lack, SetupStep, StepState


@dataclass(frozen=True)
class StepWords:
    label: str
    text: str
    address: str = ""
    least_role: Role = ADMINISTERING


WORDS: Mapping[SetupStep, StepWords] = MappingProxyType(
    {
        SetupStep.ISSUER: StepWords(
            N_("Issuer"), N_("The company on every document, with an account to be paid to."), "/settings/issuer"
        ),
        SetupStep.NUMBER_SERIES: StepWords(
            N_("Number series"),
            N_("The numbers of invoices, continued from the last one that was used."),
            "/settings/number-series",
            CONFIGURING,
        ),
        SetupStep.USERS: StepWords(N_("Users"), N_("The people who draft and those who approve."), "/settings/users"),
        SetupStep.ARCHIVE: StepWords(N_("Archive"), N_("Stores each approved PDF for good.")),
        SetupStep.PLANFACT: StepWords("PlanFact", N_("Gets a shipment for each approved invoice.")),
        SetupStep.DIDOX: StepWords("Didox", N_("Carries acts to local clients and brings their signatures.")),
        SetupStep.MAIL: StepWords(N_("E-mail"), N_("Carries invoices to other clients, and reminders.")),
        SetupStep.TELEGRAM: StepWords("Telegram", N_("Tells the team what happens, and the summary of the day.")),
    }
)
LACKS: Mapping[Lack, str] = MappingProxyType(
    {
        Lack.ISSUER: N_("The issuer is not set."),
        Lack.ACCOUNT: N_("The issuer has no bank account."),
        Lack.SERIES: N_("There is no number series."),
        Lack.LAST_NUMBER: N_("No series has a last number, so none gives numbers."),
        Lack.APPROVER: N_("There is no active manager or admin who could approve."),
        Lack.SECOND_PERSON: N_("Two people are required for an approval, and there is only one."),
        Lack.VARIABLES: N_("Not connected. Whoever runs the system sets:"),
    }
)


@dataclass(frozen=True)
class ShownStep:
    state: StepState
    words: StepWords
    lacks: Sequence[str]
    address: str


def shown_steps(steps: Sequence[StepState], role: Role, pages: Set[str], *, areas: Set[str]) -> list[ShownStep]:
    """Return the steps in words. `pages` are the addresses of the desk, `areas` those of the areas of the settings."""
    return [
        ShownStep(
            each,
            WORDS[each.step],
            [LACKS[lack] for lack in each.lacks],
            _address(WORDS[each.step], role, pages | areas),
        )
        for each in steps
    ]


def _address(words: StepWords, role: Role, known: Set[str]) -> str:
    return words.address if words.address in known and role.includes(words.least_role) else ""
