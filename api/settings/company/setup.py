"""Reads what is configured, for the steps of the set-up."""

from collections.abc import Mapping
from types import MappingProxyType

from api.settings import users
from api.settings.repositories import ISSUER, NUMBER_SERIES
from api.settings.store import SettingsStore
from models.access.roles import DRAFTING
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName
from models.settings.setup import SetupFacts, SetupStep, StepState, setup_steps
from settings import REQUIRED, Settings, variable_name

# The setting that switches an integration on. `REQUIRED` names what it then needs.
SWITCHES: Mapping[SetupStep, tuple[str, str]] = MappingProxyType(
    {
        SetupStep.ARCHIVE: ("s3", "url"),
        SetupStep.PLANFACT: ("planfact", "url"),
        SetupStep.DIDOX: ("didox", "url"),
        SetupStep.MAIL: ("smtp", "host"),
        SetupStep.TELEGRAM: ("telegram", "token"),
    }
)
_APPROVING = LEAST_ROLE[CommandName.APPROVE]


async def steps_of(store: SettingsStore, settings: Settings) -> tuple[StepState, ...]:
    """Return the steps of the set-up with what each lacks now."""
    async with store.reading() as connection:
        issuer = (await ISSUER.read(connection)).get(ISSUER.KEY)
        series = await NUMBER_SERIES.read(connection)
        people = [each for each in (await users.users(connection)).values() if each.active]
    return setup_steps(
        SetupFacts(
            has_issuer=issuer is not None,
            has_account=issuer is not None and bool(issuer.party.account_number or issuer.accounts),
            series=len(series),
            series_with_a_start=sum(each.last_number is not None for each in series.values()),
            approvers=sum(each.role.includes(_APPROVING) for each in people),
            makers=sum(each.role.includes(DRAFTING) for each in people),
            needs_two_people=issuer is not None and bool(issuer.review.four_eyes),
            unset={step: _unset(settings, *switch) for step, switch in SWITCHES.items()},
        )
    )


def _unset(settings: Settings, group: str, switch: str) -> tuple[str, ...]:
    """Return the variables that the integration needs and that are not set; none when it is on."""
    values = getattr(settings, group)
    if getattr(values, switch):
        return ()
    needed = [name for part, on, names in REQUIRED if (part, on) == (group, switch) for name in names]
    return tuple(variable_name(group, name) for name in (switch, *needed) if not getattr(values, name))
