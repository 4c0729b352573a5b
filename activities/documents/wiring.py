"""The activities that render documents, with the renderer that the settings select."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from activities.documents import gotenberg_renderer
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.gotenberg_renderer import GotenbergRenderer
from activities.documents.renderer import Renderer
from activities.documents.rendering import Documents
from activities.documents.store import DocumentStore
from settings import Settings


def activities(renderer: Renderer, store: DocumentStore, stack: AsyncExitStack) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` ends their processes."""
    documents = Documents(renderer, store)
    stack.callback(documents.close)
    return [documents.render]


async def renderer_of(settings: Settings, stack: AsyncExitStack) -> Renderer:
    """Return the renderer that the settings select; `stack` ends its processes and connections."""
    if settings.renderer == "gotenberg":
        http = gotenberg_renderer.connect(settings.gotenberg.url, settings.gotenberg.api_timeout_seconds)
        return GotenbergRenderer(await stack.enter_async_context(http))
    embedded = EmbeddedRenderer()
    stack.callback(embedded.close)
    return embedded
