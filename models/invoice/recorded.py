"""An open invoice as PostgreSQL has recorded it, for a comparison with its workflow."""

from models.values.base_models import Frozen


class Recorded(Frozen):
    """The newest recorded event of an invoice that is not finished; `name` is its number or its workflow id."""

    id: str
    workflow_id: str
    name: str
    status: str
    revision: int
    chain: str
