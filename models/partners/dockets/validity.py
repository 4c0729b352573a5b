"""What is wrong with a docket: what the paper lacks, and where it differs from its order.

See docs/specification/orders.md 4.2.
"""

from collections.abc import Iterator
from enum import StrEnum

from models.partners.dockets.docket import DocketPaper
from models.partners.order_type import OrderType
from models.partners.orders.fields import PARTNER_ZONE
from models.partners.orders.order import Order
from models.values.base_models import Frozen
from models.values.period import local_day


class ProblemCode(StrEnum):
    SERVICE_ID_MISSING = "service_id_missing"
    SERVICE_ID_MISMATCH = "service_id_mismatch"
    WORK_TYPE_MISSING = "work_type_missing"
    WORK_TYPE_MISMATCH = "work_type_mismatch"
    DATE_MISSING = "date_missing"
    DATE_MISMATCH = "date_mismatch"
    BUILDING_MISMATCH = "building_mismatch"
    INSTALLER_MISMATCH = "installer_mismatch"
    SPLITTER_PORT_MISMATCH = "splitter_port_mismatch"
    SERIAL_MISSING = "serial_missing"
    SERIAL_MISMATCH = "serial_mismatch"
    OLD_SERIAL_MISSING = "old_serial_missing"
    OLD_SERIAL_MISMATCH = "old_serial_mismatch"
    INSTALLER_SIGNATURE_MISSING = "installer_signature_missing"
    WORK_DONE_MISSING = "work_done_missing"
    CUSTOMER_SIGNATURE_MISSING = "customer_signature_missing"


class Problem(Frozen):
    """One thing that is wrong with a docket, in the words of a clerk."""

    code: ProblemCode
    message: str


def problems(order: Order, paper: DocketPaper) -> tuple[Problem, ...]:
    """Return everything that is wrong with the paper of this order; nothing when it is valid."""
    return tuple(_found(order, paper))


def _found(order: Order, paper: DocketPaper) -> Iterator[Problem]:
    yield from _compared(
        "service id", paper.service_id, order.service_id, "service_id_mismatch", missing="service_id_missing"
    )
    yield from _compared(
        "work type", paper.order_type, order.order_type, "work_type_mismatch", missing="work_type_missing"
    )
    day = str(local_day(order.completed_at, PARTNER_ZONE)) if order.completed_at else None
    on_paper = str(paper.worked_on) if paper.worked_on else None
    yield from _compared("date", on_paper, day, "date_mismatch", missing="date_missing")
    if not any(_same(paper.building, name) for name in _buildings(order)):
        yield from _compared("building", paper.building, order.building, "building_mismatch")
    yield from _compared("installer", paper.installer, order.installer, "installer_mismatch")
    yield from _compared(
        "splitter port", _text(paper.splitter_port), _text(order.splitter_port), "splitter_port_mismatch"
    )
    yield from _serials(order, paper)
    if not paper.has_installer_signature:
        yield _problem("installer_signature_missing", "The docket has no signature of the installer.")
    if not paper.has_work_done:
        yield _problem("work_done_missing", "The section on the work done is empty.")
    if not paper.has_customer_signature and order.order_type is not OrderType.ASSURANCE:
        yield _problem("customer_signature_missing", "The docket has no signature of the customer.")


def _serials(order: Order, paper: DocketPaper) -> Iterator[Problem]:
    """Return what is wrong with the serials: the paper names a device that the job used, and the one that it replaced.

    Only an assurance job names the replaced device.
    """
    used = order.serials
    if paper.serial is None and used:
        yield _problem("serial_missing", f"The docket names no serial; the job used {', '.join(sorted(used))}.")
    elif paper.serial is not None and not any(_same(paper.serial, serial) for serial in used):
        known = ", ".join(sorted(used)) or "no device with a serial"
        yield _problem("serial_mismatch", f"The docket names the serial {paper.serial}; the job used {known}.")
    if order.order_type is not OrderType.ASSURANCE:
        return
    returned = [row.old_serial for row in order.rma]
    if paper.old_serial is None and used:
        yield _problem("old_serial_missing", "The docket of an assurance job must name the serial of the old device.")
    elif paper.old_serial is not None and returned and not any(_same(paper.old_serial, old) for old in returned):
        known = ", ".join(returned)
        yield _problem("old_serial_mismatch", f"The docket names the old serial {paper.old_serial}; returned: {known}.")


def _compared(
    name: str, on_paper: str | None, on_order: str | None, mismatch: str, *, missing: str | None = None
) -> Iterator[Problem]:
    """Return the difference of one field. A field that the order lacks is compared with nothing.

    Without a code for it, a field that only the paper lacks is a difference, too.
    """
    if on_paper is None and missing is not None:
        yield _problem(missing, f"The docket has no {name}.")
    elif on_order is not None and not _same(on_paper, on_order):
        yield _problem(mismatch, f"The docket has {on_paper or 'no'} {name}; the order has {on_order}.")


def _buildings(order: Order) -> list[str]:
    return [name for name in (order.building_name, order.building_short_name, order.building_id) if name]


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _problem(code: str, message: str) -> Problem:
    return Problem(code=ProblemCode(code), message=message)
