"""A failure of an activity carries its own text only, and keeps what Temporal reads in it."""

from datetime import timedelta

import httpx
import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, CancelledError

from activities.clients.errors import Ambiguous
from activities.runtime.failures import LONGEST_MESSAGE, short

# Above this size the server shows "Failure exceeds size limit." instead of the failure.
SERVER_LIMIT = 4096


def chained(depth: int, text: str) -> Exception:
    """Return an error with a chain of causes, as httpx and httpcore make them."""
    error: Exception = OSError("connection reset")
    for _ in range(depth):
        try:
            raise httpx.ReadError(text) from error
        except httpx.ReadError as caught:
            error = caught
    try:
        raise Ambiguous(text) from error
    except Ambiguous as caught:
        return caught


@pytest.mark.parametrize("text", ["The mailbox did not answer in time", "Ответ потерян " * 1000, "x" * 100_000])
@pytest.mark.parametrize("depth", [0, 20])
def test_it_fits_the_limit_of_the_server(depth: int, text: str) -> None:
    failure = short(chained(depth, text))
    assert failure is not None
    assert failure.type == "Ambiguous"
    assert failure.message.startswith(text[:30])
    assert len(failure.message) <= LONGEST_MESSAGE
    encoded = Failure()
    converter = DataConverter.default
    converter.failure_converter.to_failure(failure, converter.payload_converter, encoded)
    assert not encoded.HasField("cause")
    assert encoded.ByteSize() < SERVER_LIMIT


def test_what_temporal_reads_is_kept() -> None:
    pause = timedelta(seconds=7)
    original = ApplicationError(
        "m",
        {"a": 1},
        type="T",
        non_retryable=True,
        next_retry_delay=pause,
        category=ApplicationErrorCategory.BENIGN,
    )
    failure = short(original)
    assert failure is not None
    assert (failure.message, failure.type, failure.non_retryable) == ("m", "T", True)
    assert (failure.details, failure.next_retry_delay) == (({"a": 1},), pause)
    assert failure.category is ApplicationErrorCategory.BENIGN


def test_an_error_of_the_sdk_is_left_alone() -> None:
    assert short(CancelledError("cancelled")) is None
