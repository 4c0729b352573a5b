"""The table of effects: every effect has one row, and the names and orders in histories stay."""

import pytest

from models.invoice.effects import (
    CANCELLED_ON_REOPEN,
    CANCELLED_ON_VOID,
    COMPENSATED_BY,
    EFFECTS,
    WATCHES,
    EffectChannel,
    EffectKind,
    EffectName,
)
from models.invoice.ports import EFFECT_PORTS

INTERNAL = {EffectName.REDRAFT, EffectName.FACTS_CHECK, EffectName.NUMBER, EffectName.DOCUMENT}

ON_ORDERS = {
    EffectName.ORDERS_INVOICED,
    EffectName.ORDERS_SUBMITTED,
    EffectName.ORDERS_COMPLETED,
    EffectName.ORDERS_RETURNED,
}


def test_every_effect_has_a_row() -> None:
    assert set(EFFECTS) == set(EffectName)


def test_every_channel_has_an_effect() -> None:
    assert {spec.channel for spec in EFFECTS.values()} == set(EffectChannel)


def test_the_order_of_channels_is_the_one_in_running_histories() -> None:
    """A new channel must be added at the end."""
    assert list(EffectChannel)[:8] == [
        *("document", "archive", "accounting", "delivery", "einvoice", "mail", "einvoice_watch", "facts")
    ]


def test_the_names_of_activities_are_those_in_running_histories() -> None:
    assert {name: port.name for name, port in EFFECT_PORTS.items()} == {
        EffectName.ARCHIVE: "archive.store",
        EffectName.ARCHIVE_KEEP: "archive.keep",
        EffectName.ACCOUNTING: "accounting.post",
        EffectName.ACCOUNTING_REVERSAL: "accounting.reverse",
        EffectName.NOTICE: "mail.notice",
        EffectName.EMAIL: "mail.deliver",
        EffectName.REMINDER: "mail.remind",
        EffectName.BOUNCE_NOTICE: "mail.bounce_notice",
        EffectName.DEADLINE_NOTICE: "mail.deadline_notice",
        EffectName.EINVOICE: "einvoice.create",
        EffectName.EINVOICE_SIGNATURE: "einvoice.await_signature",
        EffectName.EINVOICE_ANSWER: "einvoice.await_answer",
        EffectName.EINVOICE_CANCEL: "einvoice.cancel",
        EffectName.PAYMENT_POSTING: "accounting.post_payment",
        EffectName.PAYMENT_REVERSAL: "accounting.reverse_payment",
        EffectName.EINVOICE_SEND: "einvoice.send",
        EffectName.EINVOICE_CHECK: "einvoice.look",
        EffectName.REVENUE: "accounting.recognise_revenue",
        EffectName.REVENUE_REVERSAL: "accounting.reverse_revenue",
    }


@pytest.mark.parametrize("name", EffectName)
def test_an_effect_is_internal_or_about_orders_or_has_an_activity(name: EffectName) -> None:
    """The activities on orders are those of `models/partners/ports.py`."""
    assert (EFFECTS[name].kind is EffectKind.INTERNAL) == (name in INTERNAL)
    assert (EFFECTS[name].kind is EffectKind.ORDERS) == (name in ON_ORDERS)
    assert (EFFECTS[name].activity is None) == (name in INTERNAL | ON_ORDERS)


@pytest.mark.parametrize(("name", "undo"), COMPENSATED_BY.items())
def test_a_compensation_follows_its_original_in_one_channel_and_is_never_cancelled(
    name: EffectName, undo: EffectName
) -> None:
    assert EFFECTS[undo].channel is EFFECTS[name].channel
    assert undo not in CANCELLED_ON_REOPEN


def test_what_a_withdrawal_cancels() -> None:
    """A void invoice keeps its number, so its document is archived; the document of a draft is rendered again."""
    only_on_reopen = CANCELLED_ON_REOPEN - CANCELLED_ON_VOID
    assert only_on_reopen == {EffectName.ARCHIVE}
    assert set(EffectName) - CANCELLED_ON_REOPEN == {
        EffectName.REDRAFT,
        EffectName.NUMBER,
        EffectName.ARCHIVE_KEEP,
        EffectName.ACCOUNTING_REVERSAL,
        EffectName.EINVOICE_CANCEL,
        EffectName.PAYMENT_POSTING,
        EffectName.PAYMENT_REVERSAL,
        EffectName.ORDERS_RETURNED,
        EffectName.REVENUE_REVERSAL,
    }


def test_watches_wait_for_signatures() -> None:
    assert {name: EFFECTS[name].waits_for for name in WATCHES} == {
        EffectName.EINVOICE_SIGNATURE: "our signature in Didox",
        EffectName.EINVOICE_ANSWER: "the client's signature in Didox",
        EffectName.EINVOICE_CHECK: "a look at the act in Didox",
    }
