"""The areas of the settings and the error that refuses a setting."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints


class Area(StrEnum):
    RATE_RULES = "rate-rules"
    EXCLUSIONS = "exclusions"
    CLASSIFICATIONS = "classifications"
    CLIENT_CONFIG = "client-config"
    NUMBER_SERIES = "number-series"
    ISSUER = "issuer"
    USERS = "users"


class SettingRefused(ValueError):
    """`path` is the field that stands in the way."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be a time zone such as Asia/Tashkent") from error
    return name


Zone = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_zone)]
