"""The import of invoices by other services: the contract of docs/specification/bills.md 5, without envelopes.

An invalid body is answered 422 here, not 400, because the contract says so.
"""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.bills.payables.imports import Imports
from api.bills.payables.schemas import ImportResult, StoredImport, StoredImports
from api.bills.payables.tokens import ServiceCallerDep, bearer, service_caller
from api.deps import NowDep, StateDep, app_state
from api.errors import ApiError
from api.http.decimal_json import MIB, DecimalJsonRequest, DecimalJsonRoute, JsonRefused
from api.http.envelopes import ErrorCode, FieldError
from api.http.error_responses import Responses, errors
from api.http.validation_messages import field_errors, summary
from models.bills.finance.import_rules import ImportAction
from models.bills.finance.payload import ExternalId, ImportInvoice, Source
from models.values.base_models import Strict


class Unprocessable(ApiError):
    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, ErrorCode.VALIDATION_ERROR


class ImportRequest(DecimalJsonRequest):
    """A request with up to 16 MiB: two thousand lines with long descriptions in any script."""

    largest_body = 16 * MIB


class ImportRoute(DecimalJsonRoute):
    """A route that answers an invalid body or query with 422 and the list of fields."""

    request_class = ImportRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_import(request: Request) -> Response:
            # Before the body is read, which may be large.
            await service_caller(await app_state(request), await bearer(request))
            try:
                return await handle(request)
            except RequestValidationError as error:
                details = field_errors(error.errors(), {"body": ImportInvoice, "query": ImportKey})
                raise Unprocessable(summary(details), details) from error
            except HTTPException as error:
                if error.status_code != HTTPStatus.BAD_REQUEST:
                    raise
                problem = error.detail if isinstance(error, JsonRefused) else "cannot be read as JSON"
                raise Unprocessable(f"body: {problem}", [FieldError(path="body", message=problem)]) from error

        return handle_import


router = APIRouter(prefix="/integrations/cloud", tags=["payables"], route_class=ImportRoute)

_CREATED: Responses = {
    200: {"model": ImportResult, "description": "The invoice was there; `action` is updated or unchanged."}
}


class ImportKey(Strict):
    """The key of an invoice within the tenant of the token."""

    source: Source
    external_id: ExternalId


@router.post(
    "/import-invoice",
    status_code=HTTPStatus.CREATED,
    summary="Import a vendor's invoice",
    responses=_CREATED | errors(401, 403, 404, 409, 413, 422, 503),
)
async def import_invoice(
    invoice: ImportInvoice, caller: ServiceCallerDep, state: StateDep, now: NowDep, response: Response
) -> ImportResult:
    """The tenant is that of the token. A tenant has one invoice for each source and external id: a repetition answers
    `updated`, or `unchanged` if the invoice is paid or locked. 409: its money would change although it is paid or
    locked, or it has a newer version. The vendor is made on its first import; the lines are replaced as a whole."""
    imports = Imports(state.engines.settings, state.settings.finance.payment_days)
    result = await imports.receive(invoice, caller, now)
    if result.action is not ImportAction.CREATED:
        response.status_code = HTTPStatus.OK
    return ImportResult(action=result.action, invoice_id=result.change.payable.id)


@router.get("/invoices", summary="An imported invoice by its key", responses=errors(401, 403, 404, 422, 503))
async def find_import(key: Annotated[ImportKey, Query()], caller: ServiceCallerDep, state: StateDep) -> StoredImports:
    """Returns the invoice with this key of the token's tenant, or an empty list. A service whose answer was lost asks
    here before it sends again."""
    imports = Imports(state.engines.queries, state.settings.finance.payment_days)
    found = await imports.find(caller.tenant_id, key.source, key.external_id)
    if found is None:
        return StoredImports(invoices=[])
    invoice_id, digest = found
    stored = StoredImport(invoice_id=invoice_id, source=key.source, external_id=key.external_id, content_digest=digest)
    return StoredImports(invoices=[stored])
