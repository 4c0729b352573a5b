"""The request body of a billing run."""

from pydantic import (
    ConfigDict,
    Field,
    field_validator,
)

from api.http.parameters import Key, PeriodBody


class GenerateBulk(PeriodBody):
    """Drafts for every active contract, or for those that are named. The dates are as for prefill."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"period_start": "2026-02-01", "period_end": "2026-02-28"}]}
    )

    application_keys: tuple[Key, ...] | None = Field(
        default=None, min_length=1, max_length=10_000, description="none: every active contract"
    )

    @field_validator("application_keys")
    @classmethod
    def _each_once(cls, keys: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if keys is None else tuple(sorted(set(keys)))
