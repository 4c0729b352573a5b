"""The records of a round, read from PostgreSQL, the sandboxes, the mailbox and the archive."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from botocore.config import Config
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.delivery.letters import MESSAGE_IDS
from local.sandboxes import company
from models.invoice.invoice import Invoice
from models.invoice.tables import ClaimedWorklog, InvoiceRow
from models.issuer.tables import IssuedNumber as NumberRow
from models.issuer.tables import NumberSeries
from soak.invariants import MAILS, InvoiceRecord, IssuedNumber, Records
from soak.lives import Life
from soak.stack import SoakStack


async def gather(stack: SoakStack, engine: AsyncEngine, lives: Iterable[Life]) -> Records:
    """Return the records of these lives, and all numbers."""
    invoices = tuple([await _invoice(stack, engine, life) for life in lives if life.invoice_id])
    return Records(
        invoices=invoices,
        shipments=await _sandbox(stack, "planfact"),
        acts=await _sandbox(stack, "didox"),
        letters=await _letters(stack),
        archived=await asyncio.to_thread(_archived, stack.described["s3"], _named_files(invoices)),
        numbers=await _numbers(engine),
        counters=await _counters(engine),
    )


async def forget_letters(stack: SoakStack) -> None:
    """Empty the mailbox. The invoices of the round have ended, so none of their letters may come any more."""
    (await stack.http.delete(f"{stack.described['mailbox']}/api/messages")).raise_for_status()


async def _invoice(stack: SoakStack, engine: AsyncEngine, life: Life) -> InvoiceRecord:
    assert life.invoice_id is not None, "only lives with an invoice are read"
    invoice, trail = await stack.desk.invoice(life.invoice_id), await stack.desk.trail(life.invoice_id)
    async with engine.connect() as connection:
        state = await connection.scalar(select(col(InvoiceRow.state)).where(col(InvoiceRow.id) == life.invoice_id))
        claims = await connection.scalars(
            select(col(ClaimedWorklog.worklog_id)).where(col(ClaimedWorklog.invoice_id) == life.invoice_id)
        )
    return InvoiceRecord(
        invoice=invoice,
        events=tuple(trail["events"]),
        chain_intact=trail["chain_intact"],
        claims=tuple(claims),
        claimed=Invoice.model_validate(state).claimed_worklogs,
        sent=tuple(life.sent),
        resolved=frozenset(life.resolved),
        message_ids={each["key"]: _message_id(each["key"]) for each in invoice["effects"] if each["name"] in MAILS},
    )


def _message_id(key: str) -> str:
    return f"<{uuid.uuid5(MESSAGE_IDS, key)}@{company.SENDER.rpartition('@')[2]}>"


async def _sandbox(stack: SoakStack, vendor: str) -> tuple[Mapping[str, Any], ...]:
    answer = await stack.http.get(f"{stack.admin(vendor)}/effects")
    answer.raise_for_status()
    return tuple(answer.json()["effects"])


async def _letters(stack: SoakStack) -> tuple[str, ...]:
    answer = await stack.http.get(f"{stack.described['mailbox']}/api/messages")
    answer.raise_for_status()
    return tuple(each["message_id"] for each in answer.json())


def _named_files(records: Iterable[InvoiceRecord]) -> set[str]:
    """Return the keys of the files that the invoices name: the archived PDFs and the copies of earlier ones."""
    files = {record.invoice["archived"]["key"] for record in records if record.invoice["archived"]}
    copies = {each["vendor_id"] for record in records for each in record.effects("archive_keep") if each["vendor_id"]}
    return files | copies


def _archived(s3: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each of these files that is in the archive."""
    client = boto3.client(
        "s3",
        endpoint_url=s3["url"],
        region_name="us-east-1",
        aws_access_key_id=s3["access_key"],
        aws_secret_access_key=s3["secret_key"],
        config=Config(s3={"addressing_style": "path"}),
    )
    found = {}
    for key in keys:
        try:
            found[key] = client.head_object(Bucket=s3["bucket"], Key=key)["Metadata"]["sha256"]
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
    return found


async def _numbers(engine: AsyncEngine) -> tuple[IssuedNumber, ...]:
    """Return every issued number, with the number that its invoice has."""
    query: Any = select(
        *(col(NumberRow.series), col(NumberRow.seq), col(NumberRow.display), col(NumberRow.invoice_id)),
        *(col(InvoiceRow.number).label("invoice_number"), col(InvoiceRow.status).label("invoice_status")),
    ).outerjoin(InvoiceRow, col(InvoiceRow.id) == col(NumberRow.invoice_id))
    async with engine.connect() as connection:
        return tuple(IssuedNumber(**row) for row in (await connection.execute(query)).mappings())


async def _counters(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(col(NumberSeries.name), col(NumberSeries.last_number)))
        return {name: last or 0 for name, last in rows}
