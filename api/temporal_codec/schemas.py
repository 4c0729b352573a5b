"""Payloads in Temporal's own JSON format: the values of the metadata and the data are base64."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from models.values.base_models import Frozen

Base64 = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9+/_-]*={0,2}$")]


class PayloadBody(Frozen):
    metadata: dict[str, Base64] = {}
    data: Base64 = ""


class PayloadsBody(Frozen):
    payloads: list[PayloadBody]


class PayloadView(BaseModel):
    metadata: dict[str, str] = {}
    data: str = ""


class PayloadsView(BaseModel):
    payloads: list[PayloadView]
