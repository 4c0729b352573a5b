"""The types of the errors that activities raise; callers of the API receive them as error codes."""


class Failure:
    """The types of non-retryable activity errors, by which workflows distinguish them.

    The values are stored in workflow histories and must not change.
    """

    APPLICATION_NOT_FOUND = "ApplicationNotFound"
    CUSTOMER_NOT_FOUND = "CustomerNotFound"
    DRAFT_REFUSED = "DraftRefused"
    TERMS_MISSING = "TermsMissing"
    NEEDS_CONFIRMATION = "NeedsConfirmation"
    OUTSIDE_CONTRACT = "OutsideContract"
    NUMBERING_REFUSED = "NumberingRefused"
    ALREADY_INVOICED = "AlreadyInvoiced"
    WORK_TAKEN = "WorkTaken"
    ORDERS_NOT_READY = "OrdersNotReady"
    ORDERS_UNKNOWN = "OrdersUnknown"
    PARTNER_NOT_FOUND = "PartnerNotFound"
    ORDERS_REFUSED = "OrdersRefused"
    WAREHOUSE_TIMEOUT = "WarehouseTimeout"
    WAREHOUSE_UNAVAILABLE = "WarehouseUnavailable"
    RENDERING_REFUSED = "RenderingRefused"
    VENDOR_REFUSED = "VendorRefused"
    OUTCOME_UNKNOWN = "OutcomeUnknown"
    SWITCHED_OFF = "SwitchedOff"
    NO_ANSWER = "NoAnswer"
    AUDIT_BROKEN = "AuditBroken"
    ATTEMPT_RUNNING = "AttemptRunning"
    NOT_RECORDED = "NotRecorded"
    DOCUMENT_MISSING = "DocumentMissing"
    NEEDS_SIGNATURE = "NeedsSignature"
    NOTHING_TO_SIGN = "NothingToSign"
    DAY_NOT_AVAILABLE = "DayNotAvailable"
    LINES_DIFFER = "LinesDiffer"
    BILL_NOT_FOUND = "BillNotFound"
    BILL_UNKNOWN = "BillUnknown"
