"""Liveness and readiness for probes, without envelope and login (docs/specification/api.md 8)."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.deps import NowDep, StateDep
from api.health.readiness import OK, WORKER, readiness

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str
    uptime_seconds: int


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "not_ready"]
    checks: dict[str, str]


@router.get("/healthz", summary="Is the API alive?")
async def healthz(state: StateDep, now: NowDep) -> Health:
    return Health(version=state.version, uptime_seconds=int((now - state.started).total_seconds()))


@router.get(
    "/readyz",
    summary="Do the services behind the API answer?",
    description="`checks` contains `ok` or the reason for each service. A service that does not answer makes it 503, "
    "`not_ready`. A missing worker does not: `degraded` with 200, because every copy of the API can still read, and "
    "none could do more. It is noticed within a minute and a quarter.",
    responses={503: {"model": Readiness, "description": "`checks` contains the reason of each failed check."}},
)
async def readyz(state: StateDep, response: Response) -> Readiness:
    checks = await readiness(state)
    ready = all(found == OK for name, found in checks.items() if name != WORKER)
    response.status_code = 200 if ready else 503
    status: Literal["ready", "degraded"] = "ready" if checks[WORKER] == OK else "degraded"
    return Readiness(status=status if ready else "not_ready", checks=checks)
