"""The types of the errors that activities and workflows raise; callers see them as codes."""


class Failure:
    """Types of the non-retryable errors that activities raise; the workflow tells them apart by these names."""

    APPLICATION_NOT_FOUND = "ApplicationNotFound"
    CUSTOMER_NOT_FOUND = "CustomerNotFound"
    DRAFT_REFUSED = "DraftRefused"
    TERMS_MISSING = "TermsMissing"
    NUMBERING_REFUSED = "NumberingRefused"
    ALREADY_INVOICED = "AlreadyInvoiced"
    WAREHOUSE_TIMEOUT = "WarehouseTimeout"
    WAREHOUSE_UNAVAILABLE = "WarehouseUnavailable"
    RENDERING_REFUSED = "RenderingRefused"
    VENDOR_REFUSED = "VendorRefused"
    OUTCOME_UNKNOWN = "OutcomeUnknown"
    SWITCHED_OFF = "SwitchedOff"
    NO_ANSWER = "NoAnswer"
    AUDIT_BROKEN = "AuditBroken"
    ATTEMPT_RUNNING = "AttemptRunning"
    DOCUMENT_MISSING = "DocumentMissing"
