"""The embedded ClickHouse: the real engine (chDB) behind ClickHouse's HTTP interface.

Worker and API use the same client and the same form of DSN as in production. Each request gets its own chDB session
(below a millisecond), so that its settings and database end with it and requests run concurrently as on a server.
"""

import base64
import binascii
import gzip
import json
import re
import secrets
import uuid
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import lz4.frame  # type: ignore[import-untyped]
import typer
import uvicorn
from chdb.session import Session
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import settings

# Arguments of the HTTP interface; every other argument is a setting of the query.
INTERFACE_ARGUMENTS = frozenset(
    {
        "query",
        "database",
        "default_format",
        "query_id",
        "user",
        "password",
        "session_id",
        "session_timeout",
        "session_check",
        "compress",
        "decompress",
        "wait_end_of_query",
        "buffer_size",
        "quota_key",
        "client_protocol_version",
        "role",
        "http_headers_progress_interval_ms",
        "send_progress_in_http_headers",
        "enable_http_compression",
        "cancel_http_readonly_queries_on_client_close",
    }
)
SETTING_NAME = re.compile(r"[A-Za-z_]\w*")
INSERT_WITH_DATA = re.compile(
    rb"\s*(INSERT\s+INTO\s+(?:(?!\bVALUES\b|\bSELECT\b).)+?)\s+FORMAT\s+(?!VALUES\b)(\w+)[ \t]*(?:\r?\n|$)",
    re.IGNORECASE | re.DOTALL,
)
OUTPUT_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
LARGEST_FIELD = 64 * 1024 * 1024
EXCEPTION = re.compile(r"Code: (\d+)\. DB::Exception: .*", re.DOTALL)
DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
}
# The HTTP status by error code, as a server returns it: bad syntax or value, unknown name, not implemented. Else 500.
STATUS = {
    **dict.fromkeys((6, 16, 26, 27, 38, 41, 47, 53, 62, 72, 117, 457), 400),
    **dict.fromkeys((46, 50, 60, 63, 73, 81, 115), 404),
    48: 501,
    516: 403,
}


class QueryError(Exception):
    """An error of ClickHouse, with its code and its text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @classmethod
    def from_engine(cls, error: RuntimeError) -> "QueryError":
        found = EXCEPTION.search(str(error))
        return cls(int(found[1]), found[0]) if found else cls(1002, f"Code: 1002. DB::Exception: {error}")


@dataclass(frozen=True)
class Query:
    text: bytes
    database: str | None
    output_format: str
    parameters: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class QueryResult:
    body: bytes
    format: str
    summary: dict[str, str]


@dataclass(frozen=True)
class Engine:
    """chDB over one directory. `anchor` is an open session that keeps the engine loaded between requests."""

    directory: Path
    anchor: Any

    @classmethod
    def open(cls, directory: Path) -> "Engine":
        directory.mkdir(parents=True, exist_ok=True)
        return cls(directory, open_session(directory))

    def run(self, query: Query) -> QueryResult:
        session = open_session(self.directory)
        try:
            return self._run(session, query)
        except RuntimeError as error:
            raise QueryError.from_engine(error) from error
        finally:
            session.close()

    def _run(self, session: Any, query: Query) -> QueryResult:
        if query.settings:
            session.query("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in query.settings.items()))
        if query.database:
            session.query("USE `{}`".format(query.database.replace("\\", "\\\\").replace("`", "\\`")))
        if insert := INSERT_WITH_DATA.match(query.text):
            with session.send_insert(insert[1].decode(), insert[2].decode()) as writer:
                writer.append(query.text[insert.end() :])
                written = writer.finish()
            return QueryResult(b"", insert[2].decode(), {"written_rows": str(written.rows_written)})
        sql = query.text.decode()
        result = session.query(sql, query.output_format, params=query.parameters)
        named = OUTPUT_FORMAT.search(sql)
        summary = {"read_rows": str(result.rows_read()), "read_bytes": str(result.bytes_read())}
        return QueryResult(result.bytes(), named[1] if named else query.output_format, summary)


def open_session(directory: Path) -> Any:  # chDB ships no types
    return Session(str(directory))  # type: ignore[no-untyped-call]


def quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


async def read_query(request: Request) -> Query:
    arguments = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        # The driver sends parameters that are too long for a URL as a form, the query included.
        arguments |= await form_fields(request)
        body = b""
    else:
        body = await decoded_body(request)
    in_url = arguments.get("query", "").encode()
    options = {name: value for name, value in arguments.items() if name not in INTERFACE_ARGUMENTS}
    parameters = {name.removeprefix("param_"): options.pop(name) for name in list(options) if name[:6] == "param_"}
    if unknown := [name for name in options if not SETTING_NAME.fullmatch(name)]:
        raise QueryError(115, f"Code: 115. DB::Exception: Unknown setting {unknown[0]}. (UNKNOWN_SETTING)")
    return Query(
        text=in_url + b"\n" + body if in_url and body else in_url or body,
        database=arguments.get("database") or request.headers.get("x-clickhouse-database"),
        output_format=arguments.get("default_format") or request.headers.get("x-clickhouse-format") or "TabSeparated",
        parameters=parameters,
        settings=options if request.method == "POST" else {**options, "readonly": "2"},
    )


async def decoded_body(request: Request) -> bytes:
    body = await request.body()
    encoding = request.headers.get("content-encoding")
    if not encoding:
        return body
    if encoding not in DECODERS:
        raise QueryError(89, f"Code: 89. DB::Exception: Unknown compression method {encoding}")
    return await run_in_threadpool(DECODERS[encoding], body)


async def form_fields(request: Request) -> dict[str, str]:
    fields = {}
    async with request.form(max_files=0, max_fields=10_000, max_part_size=LARGEST_FIELD) as form:
        for name, value in form.multi_items():
            assert isinstance(value, str)  # no files: external tables are not served here
            fields[name] = value
    return fields


def credentials(request: Request) -> tuple[str, str]:
    """Return user and password as ClickHouse reads them: from its headers, from Basic, or from the query string."""
    if "x-clickhouse-user" in request.headers:
        return request.headers["x-clickhouse-user"], request.headers.get("x-clickhouse-key", "")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    return request.query_params.get("user", "default"), request.query_params.get("password", "")


def create_app(engine: Engine, user: str, password: str) -> Starlette:
    timezone = engine.run(Query(b"SELECT timezone()", None, "TabSeparated")).body.decode().strip()
    version = engine.run(Query(b"SELECT version()", None, "TabSeparated")).body.decode().strip()

    def check_credentials(request: Request) -> None:
        given_user, given_password = credentials(request)
        user_matches = secrets.compare_digest(given_user.encode(), user.encode())
        if not (secrets.compare_digest(given_password.encode(), password.encode()) and user_matches):
            raise QueryError(
                516,
                f"Code: 516. DB::Exception: {given_user}: Authentication failed: password is incorrect, or there is "
                "no user with such name. (AUTHENTICATION_FAILED)",
            )

    async def ping(_: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    async def query(request: Request) -> Response:
        query_id = request.query_params.get("query_id") or str(uuid.uuid4())
        headers = {"X-ClickHouse-Query-Id": query_id, "X-ClickHouse-Timezone": timezone}
        try:
            check_credentials(request)
            received = await read_query(request)
            if not received.text.strip():
                return await ping(request)
            answer = await run_in_threadpool(engine.run, received)
        except QueryError as refusal:
            headers["X-ClickHouse-Exception-Code"] = str(refusal.code)
            text = refusal.text.rstrip()
            if "(version " not in text:
                text += f" (version {version} (official build))"
            return PlainTextResponse(text + "\n", STATUS.get(refusal.code, 500), headers)
        headers["X-ClickHouse-Format"] = answer.format
        headers["X-ClickHouse-Summary"] = json.dumps(answer.summary)
        return Response(answer.body, headers=headers, media_type="application/octet-stream")

    return Starlette(routes=[Route("/ping", ping), Route("/", query, methods=["GET", "POST"])])


def main(directory: Annotated[Path, typer.Option()]) -> None:
    """Serve ClickHouse at the address of AKTUM_CLICKHOUSE__URL, for its user."""
    address = urlsplit(settings.load().clickhouse.url.get_secret_value())
    app = create_app(Engine.open(directory), unquote(address.username or "default"), unquote(address.password or ""))
    uvicorn.run(app, host=address.hostname or "127.0.0.1", port=address.port or 8123, access_log=False)


if __name__ == "__main__":
    typer.run(main)
