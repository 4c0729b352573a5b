"""The bodies of the actions of people in the Didox sandbox, below /__sandbox/."""

from pydantic import BaseModel, ConfigDict, Field

from local.sandboxes.didox.signing import SigningBehaviour


class Behaviour(SigningBehaviour):
    """The behaviour that a test may change. Omitted fields return to their defaults."""

    model_config = ConfigDict(extra="forbid")
    list_lag_seconds: int = Field(default=0, ge=0)


class Ending(BaseModel):
    """How a document ends: 5 cancelled, 40 invalid, 50 annulled by the tax side, 5555 cancelled by the sender."""

    model_config = ConfigDict(extra="forbid")
    status: int = Field(default=50)
    comment: str | None = None


class SentActs(BaseModel):
    """Acts that were sent some days ago, for measurements."""

    model_config = ConfigDict(extra="forbid")
    count: int = Field(ge=1, le=100_000)
    days_old: int = Field(default=0, ge=0)


class FavouriteCode(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str


class Rejection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    comment: str = Field(min_length=1)
