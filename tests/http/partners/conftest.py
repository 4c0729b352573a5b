"""An API whose attachments lie in a real object store."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI

from activities.partners.attachments import Attachments
from api.deps import AppState, app_state
from settings import Settings


@pytest.fixture
def files(
    s3_settings: Settings, app: FastAPI, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Attachments]:
    """The attachments of the API in the object store."""
    attachments = Attachments.at(s3_settings, state.engines.settings)
    monkeypatch.setitem(app.dependency_overrides, app_state, lambda: replace(state, attachments=attachments))
    yield attachments
    attachments.close()
