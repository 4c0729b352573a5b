"""The request body of a billing run."""

from pydantic import (
    ConfigDict,
    Field,
    field_validator,
)

from api.http.parameters import Key, PeriodBody


class GenerateBulk(PeriodBody):
    """The period of the drafts, as for prefill, and the contracts; without them every active contract."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"period_start": "2026-02-01", "period_end": "2026-02-28"}]}
    )

    application_keys: tuple[Key, ...] | None = Field(
        default=None, min_length=1, max_length=10_000, description="null: every active contract"
    )

    @field_validator("application_keys")
    @classmethod
    def _each_once(cls, keys: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if keys is None else tuple(sorted(set(keys)))
