"""The object store of the stack: versitygw if `make engines` has built it, else the embedded server."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.engines.native.programs import VERSITYGW, engine_program
from local.stack.component import Component
from local.stack.credentials import Credentials
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory

NAME = "object_store"


def object_store_component(
    directory: StateDirectory, credentials: Credentials, environment: Mapping[str, str], *, port: int, bucket: str
) -> Component:
    """Return the component of the object store.

    The embedded server is also used for an archive that it has started, and if AKTUM_OBJECT_STORE is `embedded`.
    """
    archive, gateway = directory.path / "archive", versitygw_program(directory)
    embedded = environment.get("AKTUM_OBJECT_STORE") == "embedded" or any(archive.rglob(".*.json"))
    healthy = partial(_check, credentials, port, bucket)
    if gateway is None or embedded:
        module = "local.engines.object_store"
        command = (sys.executable, "-m", module, "--directory", str(archive))
        return Component(NAME, command, healthy=healthy, module=module)
    return Component(
        name=NAME,
        command=(str(gateway), "-q", "--region", "us-east-1", "--port", f"{HOST}:{port}", "posix", str(archive)),
        env={"ROOT_ACCESS_KEY": credentials.s3_access_key, "ROOT_SECRET_KEY": credentials.s3_secret_key},
        healthy=healthy,
    )


def versitygw_program(directory: StateDirectory) -> Path | None:
    """Return the program that `make engines` has built; None if it has not."""
    return engine_program(directory, VERSITYGW)


def _check(credentials: Credentials, port: int, bucket: str) -> str | None:
    """Create the bucket if it is missing, so that a healthy object store always has it; return what is wrong."""
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{HOST}:{port}",
        region_name="us-east-1",
        aws_access_key_id=credentials.s3_access_key,
        aws_secret_access_key=credentials.s3_secret_key,
        config=Config(connect_timeout=3, read_timeout=3, retries={"max_attempts": 0}),
    )
    try:
        if bucket not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    finally:
        client.close()
    return None
