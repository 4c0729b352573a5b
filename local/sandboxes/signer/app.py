"""The sandbox signer: what E-IMZO answers to a message, and what it keeps.

It wants the API key of the page's origin first, lists certificates, loads a key, and signs bytes into a PKCS#7 message.
"""

import base64
import binascii
import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

from local.sandboxes.signer.keys import Key, keys_of
from local.sandboxes.state import SandboxState

# The origins that E-IMZO accepts without an agreement, with their published keys.
API_KEYS = {
    "localhost": "96D0C1491615C82B9A54D9989779DF825B690748224C2B04F500F370D51827CE"
    "2644D8D4A82C18184D73AB8530BB8ED537269603F61DB0D03D2104ABF789970B",
    "127.0.0.1": "A7BCFA5D490B351BE0754130DF03A068F855DB4333D43921125B9CF2670EF6A4"
    "0370C646B90401955E1F7BC9CDBF59CE0B2C5467D820BE189C845D0B79CFC96F",
}

Answer = dict[str, Any]


class Refused(Exception):
    """The program does not do it, for the reason in the text."""


class Signer:
    """The keys, the origins that have shown their API key, and the keys that were loaded.

    They are in memory, as the program on a person's machine has them; what was signed is kept in `state`.
    """

    def __init__(self, tin: str, state: SandboxState) -> None:
        self.state = state
        self._tin = tin
        self.restore()

    def restore(self) -> None:
        """Run with the keys of the company as after the first start."""
        self.is_running = True
        self.keys = {key.name: key for key in keys_of(self._tin)}
        self._origins: set[str] = set()
        self._loaded: dict[str, str] = {}

    def reissue(self, name: str, valid_from: datetime) -> bool:
        """Give a key a certificate that is valid for a year from then on; return False if there is no such key."""
        if name not in self.keys:
            return False
        self.keys[name] = self.keys[name].reissued(valid_from)
        return True

    def answer(self, origin: str, message: str | bytes) -> Answer:
        """Return the answer to a message of a page with this origin."""
        try:
            call = json.loads(message)
            return {"success": True, **self._call(origin, call, call.get("arguments") or [])}
        except Refused as refusal:
            return {"success": False, "reason": str(refusal)}
        except (ValueError, TypeError, AttributeError):
            return {"success": False, "reason": "The message cannot be read"}

    def _call(self, origin: str, call: Answer, arguments: list[str]) -> Answer:
        match call.get("plugin"), call.get("name"):
            case None, "version":
                return {"major": "6", "minor": "4"}
            case None, "apikey":
                return self._register(origin, arguments)
        if origin not in self._origins:
            raise Refused("ERROR_API_KEY: the origin has no API key")
        match call.get("plugin"), call.get("name"):
            case "pfx", "list_all_certificates":
                return {"certificates": [key.listed for key in self.keys.values()]}
            case "pfx", "load_key":
                return self._load(arguments)
            case "pkcs7", "create_pkcs7":
                return self._sign(arguments)
        raise Refused("The function is unknown")

    def _register(self, origin: str, arguments: list[str]) -> Answer:
        given = dict(zip(arguments[::2], arguments[1::2], strict=False))
        if origin not in API_KEYS or given.get(origin) != API_KEYS[origin]:
            raise Refused("ERROR_API_KEY: the API key does not belong to the origin")
        self._origins.add(origin)
        return {}

    def _load(self, arguments: list[str]) -> Answer:
        key = self.keys.get(arguments[2]) if len(arguments) == 4 else None
        if key is None or key.listed["alias"] != arguments[3]:
            raise Refused("The key file is missing")
        loaded = uuid.uuid4().hex
        self._loaded[loaded] = key.name
        return {"keyId": loaded}

    def _sign(self, arguments: list[str]) -> Answer:
        text, key_id, detached = (*arguments, "", "")[:3]
        if key_id not in self._loaded:
            raise Refused("The key is not loaded")
        key = self.keys[self._loaded[key_id]]
        if detached != "no":
            raise Refused("Only attached signatures are made here")
        try:
            content = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise Refused("The text is not base64") from error
        pkcs7, signature = key.sign(content)
        serial = f"{key.certificate.serial_number:x}"
        self._keep(key, serial, content)
        return {"pkcs7_64": pkcs7, "signature_hex": signature, "signer_serial_number": serial}

    def _keep(self, key: Key, serial: str, content: bytes) -> None:
        number = self.state.count("signature") + 1
        kept = {
            "id": number,
            "at": self.state.now().isoformat(),
            "key": key.name,
            "holder": key.holder,
            "tin": key.tin,
            "serial": serial,
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": content.decode(errors="replace"),
        }
        self.state.put("signature", number, kept)
