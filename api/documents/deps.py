"""Dependencies of the document routes."""

from typing import Annotated

from fastapi import Depends

from api.deps import StateDep
from api.documents.repository import DocumentRepository


async def repository(state: StateDep) -> DocumentRepository:
    return DocumentRepository(state.engines.queries)


DocumentsDep = Annotated[DocumentRepository, Depends(repository)]
