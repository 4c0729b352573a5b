"""How a resource key of a bill is matched to a known resource (docs/specification/bills.md 8.2)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from models.values.base_models import Frozen

LEAST_CONFIDENCE = 70
"""A match below it is only proposed: a person settles it."""

MOST_CANDIDATES = 5


class KeyKind(StrEnum):
    """What a resource key is made of."""

    ID = "id"  # the provider's id of the resource
    NAME = "name"  # the resource's name, with the size that the description gives
    TEXT = "text"  # neither: the service and the description


class Outcome(StrEnum):
    """What became of a resource key."""

    MATCHED = "matched"
    SHARED = "shared"  # a person said that it is a cost of no single resource
    IGNORED = "ignored"  # a person said that it needs no resource
    UNMATCHED = "unmatched"


class MatchReason(StrEnum):
    """Why a key has its outcome."""

    SETTLED = "settled"
    RESOURCE_ID = "resource_id"
    NAME_AND_SIZE = "name_and_size"
    NAME = "name"
    NAME_OTHER_SIZE = "name_other_size"
    NAME_OTHER_ID = "name_other_id"
    AMBIGUOUS = "ambiguous"
    SETTLED_NOT_VALID = "settled_not_valid"
    NOT_KNOWN = "not_known"


CONFIDENCE: Mapping[MatchReason, int] = MappingProxyType(
    {
        MatchReason.SETTLED: 100,
        MatchReason.RESOURCE_ID: 100,
        MatchReason.NAME_AND_SIZE: 90,
        MatchReason.NAME: 70,
        MatchReason.NAME_OTHER_SIZE: 50,
        MatchReason.NAME_OTHER_ID: 40,
    }
)
"""In percent. What is not in it has no confidence."""

REASON_TEXTS: Mapping[MatchReason, str] = MappingProxyType(
    {
        MatchReason.SETTLED: "A person settled it.",
        MatchReason.RESOURCE_ID: "The provider's id is that of the resource.",
        MatchReason.NAME_AND_SIZE: "Name and size are those of the resource.",
        MatchReason.NAME: "The name is that of the resource; one of both has no size.",
        MatchReason.NAME_OTHER_SIZE: "The name is that of the resource, but the size is another one.",
        MatchReason.NAME_OTHER_ID: "The name is that of the resource, but the provider's id is another one.",
        MatchReason.AMBIGUOUS: "Several resources fit equally well; settle which one it is.",
        MatchReason.SETTLED_NOT_VALID: (
            "A person settled it as a resource that is not valid in the bill's period; correct the resource's days or "
            "settle it again."
        ),
        MatchReason.NOT_KNOWN: "No resource fits; add the resource or settle what it is.",
    }
)


class Candidate(Frozen):
    """A resource that a key may belong to."""

    resource: str
    confidence: int
    reason: MatchReason
