"""The request body of the login."""

from pydantic import ConfigDict, Field

from models.values.base_models import Strict


class Login(Strict):
    model_config = ConfigDict(
        str_strip_whitespace=False, json_schema_extra={"examples": [{"username": "manager", "password": "..."}]}
    )

    username: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=1000)
