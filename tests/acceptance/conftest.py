"""One whole embedded stack for the acceptance tests, in its own state directory."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from local.demo.api_client import ApiClient
from local.stack.stack import Stack

CLICKHOUSE_SECONDS = 8
# The tests send two hundred requests at once, which a busy machine answers slowly.
ANSWER_SECONDS = 300


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Yield a whole stack. The timeout of ClickHouse is 8 s instead of 15, so that its test takes less time.

    Its state directory is not below pytest's directory, which another pytest session of root would close to
    PostgreSQL's user.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    env["AKTUM_CLICKHOUSE__TIMEOUT_SECONDS"] = str(CLICKHOUSE_SECONDS)
    env["AKTUM_API__UPDATE_TIMEOUT_SECONDS"] = str(ANSWER_SECONDS)
    with TemporaryDirectory(prefix="aktum-acceptance-") as folder, Stack(Path(folder) / "state", env=env) as running:
        running.start()
        yield running


@pytest.fixture(scope="session")
def described(stack: Stack) -> dict[str, Any]:
    return stack.describe()


async def client_of(described: dict[str, Any], role: str) -> ApiClient:
    user = next(user for user in described["users"] if user["role"] == role)
    client = await ApiClient.open(described["api"], user["username"], user["password"])
    client.http.timeout = httpx.Timeout(ANSWER_SECONDS)
    return client


@pytest.fixture
async def editor(described: dict[str, Any]) -> AsyncIterator[ApiClient]:
    client = await client_of(described, "editor")
    yield client
    await client.close()


@pytest.fixture
async def manager(described: dict[str, Any]) -> AsyncIterator[ApiClient]:
    client = await client_of(described, "manager")
    yield client
    await client.close()


@pytest.fixture
async def admin(described: dict[str, Any]) -> AsyncIterator[ApiClient]:
    client = await client_of(described, "admin")
    yield client
    await client.close()


async def kill_worker(stack: Stack) -> None:
    """Kill the worker with SIGKILL in the middle of its work and start a new one."""
    await asyncio.to_thread(stack.kill, "worker")
    await asyncio.to_thread(stack.start_component, "worker")


def bucket_of(described: dict[str, Any]) -> Any:
    """Return the bucket of the archive."""
    s3 = described["s3"]
    resource = boto3.resource(
        "s3",
        endpoint_url=s3["url"],
        region_name="us-east-1",
        aws_access_key_id=s3["access_key"],
        aws_secret_access_key=s3["secret_key"],
        config=Config(s3={"addressing_style": "path"}),
    )
    return resource.Bucket(s3["bucket"])


def archived(described: dict[str, Any], *places: str) -> dict[str, str]:
    """Return the SHA-256 in the metadata of each archived document at the places of the bucket, by key."""
    documents = (each for place in places for each in bucket_of(described).objects.filter(Prefix=place))
    return {each.key: each.Object().metadata["sha256"] for each in documents}
