"""The permission `finance`: who sees costs and margins (docs/specification/quotes.md 1.5)."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from models.access.roles import Role
from models.values.base_models import Strict

FINANCE: Final = "finance"


def _above_viewer(role: Role) -> Role:
    if role is Role.VIEWER:
        raise ValueError("must be editor, manager or admin; a viewer sees prices, never costs")
    return role


LeastRole = Annotated[
    Role,
    AfterValidator(_above_viewer),
    WithJsonSchema({"type": "string", "enum": [role.value for role in Role if role is not Role.VIEWER]}),
]


class CostAccess(Strict):
    """The setting of the permission."""

    least_role: LeastRole = Field(
        default=Role.MANAGER, description="this role and those above it see costs and margins"
    )

    def allows(self, role: Role) -> bool:
        """Return whether a person with this role sees costs and margins."""
        return role.includes(self.least_role)
