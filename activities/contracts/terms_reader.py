"""The terms of contracts from the settings: issuer, number series, rate rules, exclusions, texts."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, ColumnElement, Text, any_, literal, or_
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col, select

from activities.contracts.quoted_reader import quoted_terms
from activities.database.engine import sessions
from models.contracts.rate_rule import RateRule
from models.contracts.tables import ClientInvoiceConfig, ContractRateRule, EmployeeExclusion, ProjectClassification
from models.contracts.tax import ClientTax, TaxTreatment
from models.contracts.terms import BillingRules, ContractTerms, ExclusionType, ProjectClass, TermsMissing
from models.issuer.issuer import Issuer, issuer_of_settings
from models.issuer.service_code import ServiceCode
from models.issuer.tables import IssuerRow
from models.values.document_options import Channel, Toggles
from models.values.money import format_multiplier


class ContractTermsReader:
    """Reads the settings of contracts in PostgreSQL. The last day of the billed period selects the rate rule."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = sessions(engine)

    async def terms(self, application_key: str, on: date) -> ContractTerms:
        """Return the terms of one contract. Raises TermsMissing if the issuer is not configured."""
        return (await self.terms_of([application_key], on))[application_key]

    async def billing_rules(self, application_key: str, on: date) -> BillingRules:
        """Return the rules that classify worklogs. They do not need a configured issuer."""
        async with self._sessions() as session:
            return BillingRules(
                rate_rule=(await _rules(session, [application_key], on)).get(application_key),
                exclusions=await _exclusions(session),
                classifications=await _classifications(session),
            )

    async def terms_of(self, application_keys: Iterable[str], on: date) -> dict[str, ContractTerms]:
        """Return the terms of several contracts by key, with seven queries. Raises TermsMissing as `terms` does."""
        keys = list(application_keys)
        async with self._sessions() as session:
            issuer = await configured_issuer(session)
            exclusions = await _exclusions(session)
            classifications = await _classifications(session)
            configs = await _configs(session, keys)
            rules = await _rules(session, keys, on)
            quoted = await quoted_terms(session, keys, on)
        found = {
            key: _terms(
                issuer,
                BillingRules(rate_rule=rules.get(key), exclusions=exclusions, classifications=classifications),
                configs.get(key),
            )
            for key in keys
        }
        return {key: each.model_copy(update={"quoted": quoted[key]}) for key, each in found.items()}


async def configured_issuer(session: AsyncSession) -> Issuer:
    """Return the issuer. Raises TermsMissing if it is not configured."""
    row = await session.get(IssuerRow, 1)
    if row is None:
        raise TermsMissing(
            "The company that issues the invoices is not configured. Enter its name, tax number and bank details in "
            "the settings."
        )
    return issuer_of_settings(row.issuer)


async def _exclusions(session: AsyncSession) -> dict[str, ExclusionType]:
    rows = await session.scalars(select(EmployeeExclusion).order_by(col(EmployeeExclusion.account_id)))
    return {row.account_id: ExclusionType(row.exclusion_type) for row in rows}


async def _classifications(session: AsyncSession) -> dict[str, ProjectClass]:
    rows = await session.scalars(select(ProjectClassification).order_by(col(ProjectClassification.label)))
    return {row.label: ProjectClass(row.classification) for row in rows}


async def _configs(session: AsyncSession, keys: list[str]) -> dict[str, ClientInvoiceConfig]:
    rows = await session.scalars(
        select(ClientInvoiceConfig).where(_is_one_of(ClientInvoiceConfig.application_key, keys))
    )
    return {row.application_key: row for row in rows}


async def _rules(session: AsyncSession, keys: list[str], on: date) -> dict[str, RateRule]:
    """Return the newest rate rule that is valid on the day, by contract; a later rule replaces an earlier one."""
    rows = await session.scalars(
        select(ContractRateRule)
        .where(
            _is_one_of(ContractRateRule.application_key, keys),
            col(ContractRateRule.valid_from) <= on,
            or_(col(ContractRateRule.valid_to).is_(None), col(ContractRateRule.valid_to) >= on),
        )
        .order_by(col(ContractRateRule.valid_from))
    )
    return {row.application_key: _rule(row) for row in rows}


def _is_one_of(column: str, keys: list[str]) -> ColumnElement[bool]:
    """Return the condition as one array parameter, because a billing run may have thousands of contracts."""
    return col(column) == any_(literal(keys, ARRAY(Text)))


def _rule(row: ContractRateRule) -> RateRule:
    """Return the rule with multipliers without the trailing zeros of the column, as documents show them."""
    fields = row.model_dump(exclude={"application_key", "valid_from", "valid_to"})
    multipliers = {
        name: Decimal(format_multiplier(value)) for name, value in fields.items() if name.endswith("_multiplier")
    }
    return RateRule.model_validate(fields | multipliers)


def _service_code(config: ClientInvoiceConfig) -> ServiceCode | None:
    code = ServiceCode.model_validate(config.model_dump(include=set(ServiceCode.model_fields)))
    return code if code != ServiceCode() else None


def _terms(issuer: Issuer, rules: BillingRules, config: ClientInvoiceConfig | None) -> ContractTerms:
    shared = {name: getattr(rules, name) for name in BillingRules.model_fields}
    if config is None:
        return ContractTerms(issuer=issuer, **shared)
    return ContractTerms(
        issuer=issuer,
        series=config.series,
        payment_days=config.payment_days,
        reminder_days=tuple(config.reminder_days),
        channel=Channel(config.channel) if config.channel else None,
        recipients=tuple(config.recipients),
        cc=tuple(config.cc),
        bcc=tuple(config.bcc),
        toggles=Toggles.model_validate(config.model_dump(include=set(Toggles.model_fields))),
        legal_text=config.legal_text,
        tax=ClientTax(
            treatment=TaxTreatment(config.tax_treatment),
            note=config.tax_note,
            prices_include_tax=config.prices_include_tax,
        ),
        service_code=_service_code(config),
        **shared,
    )
