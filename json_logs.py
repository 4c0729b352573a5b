"""The logging of worker and API: JSON lines on standard error, for the libraries' messages as well."""

import logging
import sys
from typing import Any

import structlog

# Fields that Temporal's SDK adds to each record of a workflow or an activity.
_TEMPORAL_FIELDS = {"workflow_id", "run_id", "activity_type", "attempt"}

# At DEBUG libraries log what they send and receive: activity inputs, request headers, signatures, bank data.
_OURS = ("__main__", "activities", "api", "benchmarks", "cli", "json_logs", "local", "models", "worker", "workflows")


def configure(level: str) -> None:
    """Set up logging for the process. Records below `level` are dropped; those of libraries also below INFO."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=_TEMPORAL_FIELDS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # api/request_log.py writes a line for each request
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines contain whole URLs, passwords included
