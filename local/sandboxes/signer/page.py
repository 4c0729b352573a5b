"""The page of the sandbox signer: its certificates, what it has signed, and a switch to turn it off."""

from datetime import UTC, datetime

from local.sandboxes.pages.description import Action, Column, Page, Pill, Row, Section, moment
from local.sandboxes.pages.sandbox_page import readable, sandbox_page
from local.sandboxes.signer.app import Signer
from local.sandboxes.signer.keys import Key
from local.sandboxes.state import Record

POWER = "/__sandbox/power"
SWITCH_OFF = Action(
    "switch-off",
    "Switch the signer off",
    POWER,
    "The signer is switched off: programs find it as they find a machine on which E-IMZO does not run.",
    body=lambda _: {"on": False},
    severe=True,
)
SWITCH_ON = Action("switch-on", "Switch the signer on", POWER, "The signer runs.", body=lambda _: {"on": True})
EXPIRE = Action(
    "expire",
    "Let it expire",
    "/__sandbox/certificates/{name}/expire",
    "The certificate has expired.",
    severe=True,
)
RENEW = Action("renew", "Renew it", "/__sandbox/certificates/{name}/renew", "The key has a new, valid certificate.")


def signer_page(signer: Signer) -> Page:
    program = Section(
        title="Program",
        columns=(Column("Name"), Column("State")),
        records=lambda: [signer],
        row=_program_row,
        empty="",
    )
    certificates = Section(
        title="Certificates",
        columns=(
            *(Column("Key", "id"), Column("Holder"), Column("Company"), Column("TIN", "id")),
            *(Column("Valid from", "time"), Column("Valid to", "time"), Column("State")),
        ),
        records=lambda: list(signer.keys.values()),
        row=_key_row,
        empty="There is no key.",
    )
    signatures = Section(
        title="Signatures",
        columns=(Column("Time", "time"), Column("Key", "id"), Column("Holder"), Column("Certificate", "id")),
        records=lambda: signer.state.all("signature"),
        row=_signature_row,
        empty="Nothing was signed yet. `aktum sign` signs the acts that wait.",
    )
    return sandbox_page(
        signer.state,
        title="E-IMZO",
        about="The program on an accountant's machine that signs with a key.",
        note="Its messages have the method WS, and the plugin and the function as their path. Leave the method of a "
        "fault empty.",
        sections=(program, certificates, signatures),
        row_actions=(SWITCH_OFF, SWITCH_ON, EXPIRE, RENEW),
        home=None,
    )


def _program_row(signer: Signer) -> Row:
    state = Pill("runs", "green") if signer.is_running else Pill("switched off", "red")
    return Row(key="program", cells=("E-IMZO", state), actions=(SWITCH_OFF if signer.is_running else SWITCH_ON,))


def _key_row(key: Key) -> Row:
    start, end = key.certificate.not_valid_before_utc, key.certificate.not_valid_after_utc
    is_valid = start <= datetime.now(UTC) <= end
    return Row(
        key=key.name,
        cells=(
            *(key.name, key.holder, key.company, key.tin, f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"),
            Pill("valid", "green") if is_valid else Pill("expired", "red"),
        ),
        actions=(EXPIRE if is_valid else RENEW,),
    )


def _signature_row(signature: Record) -> Row:
    return Row(
        key=str(signature["id"]),
        cells=(
            moment(signature["at"]),
            signature["key"],
            f"{signature['holder']}, TIN {signature['tin']}",
            signature["serial"],
        ),
        details=f"SHA-256 {signature['sha256']}\n{readable(signature['content'])}",
    )
