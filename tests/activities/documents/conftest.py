"""The activity that renders documents, with the embedded renderer and the store in PostgreSQL."""

import pytest

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.rendering import Documents
from activities.documents.store import DocumentStore


@pytest.fixture
def documents(renderer: EmbeddedRenderer, store: DocumentStore) -> Documents:
    return Documents(renderer, store)
