"""The second form of errors, problem details (RFC 9457), for callers that name its media type in `Accept`."""

from typing import Any

from pydantic import BaseModel, Field

from api.http.envelopes import ConflictDetails, ErrorBody, ErrorCode, FieldError, is_none

PROBLEM_JSON = "application/problem+json"
_JSON = "application/json"


class Problem(BaseModel):
    """An error as RFC 9457 describes it. The members after `instance` are those of the usual error."""

    type: str = Field(default="about:blank", description="always about:blank: `code` tells the kinds of errors apart")
    title: str = Field(description="the name of the HTTP status")
    status: int
    detail: str = Field(description="what happened, for the user")
    instance: str = Field(description="the path of the request")
    code: ErrorCode
    request_id: str
    errors: list[FieldError] | None = Field(default=None, exclude_if=is_none, description="each invalid field of a 400")
    conflict: ConflictDetails | None = Field(default=None, exclude_if=is_none, description="why a 409 was refused")

    @classmethod
    def of(cls, error: ErrorBody, *, status: int, title: str, instance: str) -> "Problem":
        """Return the error as a problem."""
        return cls(
            title=title,
            status=status,
            detail=error.message,
            instance=instance,
            code=error.code,
            request_id=error.http_request_id,
            errors=error.details if isinstance(error.details, list) else None,
            conflict=error.details if isinstance(error.details, ConflictDetails) else None,
        )


def prefers_problem(accept: str) -> bool:
    """Return whether the header Accept names problem details and no form of JSON with a higher weight."""
    weights = dict(_weighted(part) for part in accept.split(","))
    problem = weights.get(PROBLEM_JSON, 0.0)
    return problem > 0 and problem >= weights.get(_JSON, 0.0)


def _weighted(part: str) -> tuple[str, float]:
    media_type, *parameters = (each.strip().lower() for each in part.split(";"))
    weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return media_type, float(weight)
    except ValueError:
        return media_type, 0.0


def add_to(schema: dict[str, Any]) -> None:
    """Describe the form in the OpenAPI document, beside the usual form of each error."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    problem.pop("$defs")  # the usual form of errors has them
    schema["components"]["schemas"][Problem.__name__] = problem
    reference = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
    for path in schema["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                usual = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
                if status >= "400" and usual.endswith("/ErrorEnvelope"):
                    response["content"][PROBLEM_JSON] = reference
