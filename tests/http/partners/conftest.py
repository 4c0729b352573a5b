"""An API whose attachments lie in a real object store."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from activities.partners.attachments import Attachments
from api.deps import AppState, app_state
from local.stack.stack import Stack
from settings import AttachmentSettings, S3Settings, Settings


@pytest.fixture(scope="module")
def s3_settings(api_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings with an object store and a limit of 1 MiB for each file."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with Stack(tmp_path_factory.mktemp("stack") / "state", {"object_store"}, clean) as running:
        running.start()
        env = running.env
        s3 = S3Settings(
            url=env["AKTUM_S3__URL"],
            region=env["AKTUM_S3__REGION"],
            bucket=env["AKTUM_S3__BUCKET"],
            access_key=env["AKTUM_S3__ACCESS_KEY"],
            secret_key=SecretStr(env["AKTUM_S3__SECRET_KEY"]),
        )
        yield api_settings.model_copy(update={"s3": s3, "attachments": AttachmentSettings(largest_mb=1)})


@pytest.fixture
def files(
    s3_settings: Settings, app: FastAPI, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Attachments]:
    """The attachments of the API in the object store."""
    attachments = Attachments.at(s3_settings, state.engines.settings)
    monkeypatch.setitem(app.dependency_overrides, app_state, lambda: replace(state, attachments=attachments))
    yield attachments
    attachments.close()
