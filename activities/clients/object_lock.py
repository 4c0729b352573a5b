"""Object lock: the retention that is set on archived documents, so that nobody deletes or changes them before its end.

S3 requires versioning in a bucket with object lock: a document that is replaced stays locked as an earlier version. See
docs/specification/effects.md 6.8.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from activities.clients.errors import Permanent

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectLockRetentionUnionTypeDef


@dataclass(frozen=True)
class LockRule:
    """The lock of each object that is written: its mode, and its days from the time of writing."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int

    def fields(self) -> dict[str, Any]:
        """Return the fields of a write that locks the object."""
        return {"ObjectLockMode": self.mode, "ObjectLockRetainUntilDate": self._until()}

    def retention(self) -> "ObjectLockRetentionUnionTypeDef":
        """Return the retention of an object that is locked later."""
        return {"Mode": self.mode, "RetainUntilDate": self._until()}

    def _until(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self.days)


def no_object_lock(bucket: str, reason: str, status: int | None) -> Permanent:
    """Return the refusal of a bucket whose objects cannot be locked. Nothing was written."""
    message = (
        f"The bucket {bucket} has no object lock ({reason}), which AKTUM_S3__LOCK_DAYS requires. Nothing was stored. "
        "Use a bucket that was created with object lock, or unset AKTUM_S3__LOCK_DAYS and restart the worker; then "
        "retry."
    )
    return Permanent(message, vendor_message=reason, status=status)
