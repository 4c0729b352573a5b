"""The embedded object store: moto's S3 server with durable storage. A write is acknowledged when it is on disk.

Objects, metadata, ETags and times survive a kill; unfinished multipart uploads, access lists and tags do not. A request
needs the access key of the stack; signatures are not verified.
"""

import io
import logging
import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import S3Backend, s3_backends
from werkzeug.serving import make_server

import settings
from local.engines.object_files import Archive, StoredObject

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REGION = "us-east-1"  # moto refuses to create a bucket in R2's region `auto`
WRITES = frozenset({"PUT", "POST", "DELETE"})
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")

log = logging.getLogger("object_store")


class DurableObjects:
    """WSGI middleware around moto.

    One lock for all writes makes conditional writes atomic and keeps memory and disk in the same order. Reads do not
    take it.
    """

    def __init__(self, moto: "WSGIApplication", backend: S3Backend, archive: Archive, access_key: str) -> None:
        self._moto = moto
        self._backend = backend
        self._archive = archive
        self._access_key = access_key
        self._lock = Lock()

    def load(self, bucket: str) -> None:
        """Load the archive into moto, and create `bucket` if it is missing."""
        for name, objects in self._archive.load():
            self._backend.create_bucket(name, REGION)
            for stored in objects:
                key = self._backend.put_object(name, stored.key, stored.content, etag=stored.etag)
                key.set_metadata(dict(stored.metadata), replace=True)
                key.last_modified = datetime.fromisoformat(stored.last_modified)
        if bucket not in self._backend.buckets:
            self._archive.create_bucket(bucket)
            self._backend.create_bucket(bucket, REGION)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not self._has_access_key(environ):
            return _refusal(start_response)
        if environ["REQUEST_METHOD"] not in WRITES:
            return self._moto(environ, start_response)
        _read_body(environ)
        with self._lock:
            answer: list[tuple[Any, ...]] = []

            def capture(*arguments: Any) -> Any:
                answer.append(arguments)
                return lambda _: None

            body = list(self._moto(environ, capture))
            if answer[-1][0].startswith("2"):
                self._persist(environ)
        start_response(*answer[-1])
        return body

    def _has_access_key(self, environ: "WSGIEnvironment") -> bool:
        signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        presigned = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
        return self._access_key == (signed[1] if signed else presigned.partition("/")[0])

    def _persist(self, environ: "WSGIEnvironment") -> None:
        path = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/")
        bucket, _, key = path.partition("/")
        try:
            self._reconcile(bucket, key)
        except OSError:
            # Memory is ahead of the disk now. End at once, so that the next start serves the content of the disk.
            log.exception(
                "%s/%s could not be stored; the server ends so that it serves no unstored object.", bucket, key
            )
            os._exit(74)

    def _reconcile(self, bucket: str, key: str) -> None:
        if bucket not in self._backend.buckets:
            self._archive.delete_bucket(bucket)
            return
        self._archive.create_bucket(bucket)
        if key:
            self._reconcile_object(bucket, key)
        else:  # DeleteObjects lists its keys in the body
            for stored_key in self._archive.keys(bucket):
                self._reconcile_object(bucket, stored_key)

    def _reconcile_object(self, bucket: str, key: str) -> None:
        found = self._backend.get_object(bucket, key)
        if found is None:
            self._archive.delete(bucket, key)
            return
        metadata = {name: str(value) for name, value in found.metadata.items()}
        etag = found.etag.strip('"')
        self._archive.write(bucket, StoredObject(key, found.value, etag, found.last_modified.isoformat(), metadata))


def _read_body(environ: "WSGIEnvironment") -> None:
    """Read the body before taking the lock, so that a slow client does not delay other requests."""
    length = environ.get("CONTENT_LENGTH")
    if length or environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(int(length)) if length else environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)


def _refusal(start_response: "StartResponse") -> list[bytes]:
    start_response("403 Forbidden", [("Content-Type", "application/xml")])
    message = "The access key does not belong to this object store."
    return [f"<Error><Code>InvalidAccessKeyId</Code><Message>{message}</Message></Error>".encode()]


def main(directory: Annotated[Path, typer.Option()]) -> None:
    """Serve S3 with the address, keys and bucket of AKTUM_S3__*."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    config = settings.load().s3
    address = urlsplit(config.url or "http://127.0.0.1:7070")
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    moto = DomainDispatcherApplication(create_backend_app)
    store = DurableObjects(moto, backend, Archive(directory), config.access_key)
    store.load(config.bucket)
    make_server(
        address.hostname or "127.0.0.1",
        address.port or 80,
        store,
        threaded=True,
        request_handler=MotoRequestHandler,
    ).serve_forever()


if __name__ == "__main__":
    typer.run(main)
