"""The sandbox of E-IMZO as a component of the stack."""

import sys
from collections.abc import Mapping
from functools import partial

from local.sandboxes import company
from local.stack.component import Component
from local.stack.health_checks import check_http
from local.stack.port_allocation import HOST

MODULE = "local.sandboxes.signer"


def signer_component(ports: Mapping[str, int]) -> Component:
    """Return the component; its keys have the TIN of the Didox sandbox's company."""
    listens = ("--port", str(ports["signer"]), "--tls-port", str(ports["signer_tls"]))
    command = (sys.executable, "-m", MODULE, *listens, "--tin", company.TIN)
    healthy = partial(check_http, f"http://{HOST}:{ports['signer']}/__sandbox/health")
    return Component("signer", command, healthy=healthy, module=MODULE)


def signer_addresses(ports: Mapping[str, int]) -> str:
    """Return its addresses as `AKTUM_EIMZO` has them."""
    tls, plain = ports["signer_tls"], ports["signer"]
    return f"wss://{HOST}:{tls}/service/cryptapi ws://{HOST}:{plain}/service/cryptapi"
