"""How far a long activity is; its heartbeats carry it."""

from models.values.base_models import Frozen


class Progress(Frozen):
    """How much of a step is done; `total` is None while it is not known."""

    step: str
    done: int
    total: int | None = None
