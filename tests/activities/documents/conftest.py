"""The activity that renders documents, with the embedded renderer and a store in PostgreSQL."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.rendering import Documents
from activities.documents.store import DocumentStore


@pytest.fixture
def store(engine: AsyncEngine) -> DocumentStore:
    return DocumentStore(engine)


@pytest.fixture
def documents(renderer: EmbeddedRenderer, store: DocumentStore) -> Documents:
    return Documents(renderer, store)
