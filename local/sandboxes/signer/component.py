"""The sandbox of E-IMZO as a component of the stack."""

import sys
from collections.abc import Mapping
from functools import partial

from local.sandboxes import company
from local.stack.component import Component
from local.stack.health_checks import check_http
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory

MODULE = "local.sandboxes.signer"


def signer_component(directory: StateDirectory, ports: Mapping[str, int]) -> Component:
    """Return the component; its keys have the TIN of the Didox sandbox's company."""
    listens = ("--port", str(ports["signer"]), "--tls-port", str(ports["signer_tls"]))
    page = ("--page-port", str(ports["signer_page"]), "--state-dir", str(directory.path / "sandboxes"))
    command = (sys.executable, "-m", MODULE, *listens, *page, "--tin", company.TIN)
    healthy = partial(check_http, f"{signer_page(ports)}__sandbox/health")
    return Component("signer", command, healthy=healthy, module=MODULE)


def signer_page(ports: Mapping[str, int]) -> str:
    """Return the address of its page."""
    return f"http://{HOST}:{ports['signer_page']}/"


def signer_addresses(ports: Mapping[str, int]) -> str:
    """Return its addresses as `AKTUM_EIMZO` has them."""
    tls, plain = ports["signer_tls"], ports["signer"]
    return f"wss://{HOST}:{tls}/service/cryptapi ws://{HOST}:{plain}/service/cryptapi"
