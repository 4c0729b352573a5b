"""The activity that fetches what a person is to sign, for the workflow that calls it."""

from models.invoice.signing.task import SigningAction
from models.values.base_models import Frozen
from models.values.port import Port


class ToSignRequest(Frozen):
    """A document in Didox of which the bytes to sign are wanted."""

    invoice_id: str
    display_number: str
    action: SigningAction
    document_id: str


class ToSign(Frozen):
    """The bytes to sign, which PostgreSQL keeps by their SHA-256, and the TIN that has to sign them."""

    sha256: str
    size: int
    seller_tin: str


FETCH_TO_SIGN = Port("einvoice.fetch_to_sign", ToSignRequest, ToSign)
