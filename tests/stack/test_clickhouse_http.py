"""The embedded ClickHouse through the client that Aktum uses in production."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from local.stack.stack import Stack
from tests.stack.conftest import clean_environment

COLUMNS = ["id", "amount", "note", "at"]
ROWS = [
    [1, Decimal("2.50"), None, datetime(2026, 1, 31, 23, 59)],  # noqa: DTZ001 - a DateTime column carries no zone
    [2, Decimal("-3.33"), "it's a\ttab, a \\ and кириллица", datetime(2026, 2, 1)],  # noqa: DTZ001
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("clickhouse"), {"clickhouse"}, clean_environment()) as stack:
        stack.start()
        yield stack


def connect(stack: Stack) -> Client:
    return clickhouse_connect.get_client(dsn=stack.env["AKTUM_CLICKHOUSE__URL"])


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    client = connect(stack)
    client.command("DROP TABLE IF EXISTS rows")
    client.command(
        "CREATE TABLE rows (id UInt64, amount Decimal(18, 2), note Nullable(String), at DateTime) "
        "ENGINE = MergeTree ORDER BY id"
    )
    client.insert("rows", ROWS, column_names=COLUMNS)
    yield client
    client.close()


def test_native_insert_keeps_decimals_nulls_and_text(client: Client) -> None:
    assert client.query("SELECT * FROM rows ORDER BY id").result_rows == [tuple(row) for row in ROWS]


def test_bound_parameters_arrive_as_they_were_given(client: Client) -> None:
    query = (
        "SELECT id FROM rows WHERE note = {note:String} AND amount = {amount:Decimal(18, 2)} "
        "AND id IN {ids:Array(UInt64)}"
    )
    asked = {"note": ROWS[1][2], "amount": Decimal("-3.33"), "ids": [2, 7]}
    assert client.query(query, parameters=asked).result_rows == [(2,)]


def test_parameters_too_long_for_an_address_come_as_a_form(client: Client) -> None:
    """Above 4,096 characters the driver sends the query and its parameters as multipart/form-data."""
    text = "кириллица, it's a\ttab, a \\ and a\nnew line; " * 200
    ids = list(range(1, 3001))
    query = "SELECT {text:String}, length({ids:Array(UInt64)}), getSetting('max_execution_time')"
    asked = client.query(query, parameters={"text": text, "ids": ids}, settings={"max_execution_time": 9})
    assert asked.result_rows == [(text, 3000, 9)]
    found = client.query("SELECT id FROM rows WHERE id IN {ids:Array(UInt64)} ORDER BY id", parameters={"ids": ids})
    assert found.result_rows == [(1,), (2,)]


def test_a_file_in_a_form_is_refused(stack: Stack) -> None:
    """External tables are not supported, and the request fails instead of ignoring them."""
    base = stack.env["AKTUM_CLICKHOUSE__URL"].removesuffix("default")
    response = httpx.post(base, data={"query": "SELECT 1"}, files={"rows": b"1,2"})
    assert response.status_code == 400


def test_a_query_that_takes_too_long_is_ended_with_the_servers_own_error(client: Client) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT count() FROM numbers(1000000000000)", settings={"max_execution_time": 1})
    assert caught.value.code == 159
    assert caught.value.name == "TIMEOUT_EXCEEDED"


def test_a_setting_ends_with_its_query(client: Client) -> None:
    asked = "SELECT getSetting('max_execution_time')"
    assert client.query(asked, settings={"max_execution_time": 7}).first_row == (7,)
    assert client.query(asked).first_row == (0,)


def test_an_error_has_status_code_and_text_of_a_server(stack: Stack) -> None:
    response = httpx.post(stack.env["AKTUM_CLICKHOUSE__URL"].removesuffix("default"), content="SELECT * FROM nothing")
    assert response.status_code == 404
    assert response.headers["X-ClickHouse-Exception-Code"] == "60"
    assert response.text.startswith("Code: 60. DB::Exception: ")
    assert "(UNKNOWN_TABLE)" in response.text


def test_an_unnamed_failure_is_a_500(stack: Stack) -> None:
    base = stack.env["AKTUM_CLICKHOUSE__URL"].removesuffix("default")
    response = httpx.post(base, content="SELECT throwIf(1, 'on purpose')")
    assert response.status_code == 500
    assert response.headers["X-ClickHouse-Exception-Code"] == "395"  # FUNCTION_THROW_IF_VALUE_IS_NON_ZERO


def test_a_wrong_password_is_refused(stack: Stack) -> None:
    address = stack.describe()["ports"]["clickhouse"]
    for given in ({"X-ClickHouse-User": "aktum", "X-ClickHouse-Key": "guess"}, {}):
        response = httpx.post(f"http://127.0.0.1:{address}/", content="SELECT 1", headers=given)
        assert response.status_code == 403
        assert response.headers["X-ClickHouse-Exception-Code"] == "516"
    assert httpx.get(f"http://127.0.0.1:{address}/ping").text == "Ok.\n"


def test_twenty_clients_at_once_each_see_their_own_settings(stack: Stack, client: Client) -> None:
    def work(number: int) -> list[object]:
        mine = connect(stack)
        key = 100 + number
        mine.insert("rows", [[key, Decimal(number), None, ROWS[0][3]]], column_names=COLUMNS)
        asked = "SELECT toUInt64(getSetting('max_execution_time')), count() FROM rows WHERE id = {key:UInt64}"
        answer = mine.query(asked, parameters={"key": key}, settings={"max_execution_time": 30 + number})
        mine.close()
        return list(answer.first_row or ())

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(work, range(20))) == [[30 + number, 1] for number in range(20)]
    assert client.query("SELECT count(), sum(amount) FROM rows WHERE id >= 100").first_row == (20, Decimal(190))


@dataclass
class SlowSource:
    """A web server whose answer waits for `allowed`; a query that reads from it runs until then."""

    asked: Event = field(default_factory=Event)
    allowed: Event = field(default_factory=Event)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator["SlowSource"]:
        source = self

        class Answer(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                source.asked.set()
                source.allowed.wait(60)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"7\n")

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
            self.url = f"http://127.0.0.1:{server.server_port}/"
            Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield self
            finally:
                self.allowed.set()
                server.shutdown()


def test_a_slow_query_does_not_delay_others(stack: Stack, client: Client) -> None:
    other = connect(stack)
    with SlowSource().serving() as source, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(other.query, f"SELECT n FROM url('{source.url}', 'CSV', 'n UInt64')")
        assert source.asked.wait(30)
        assert client.query("SELECT 1").first_row == (1,)
        assert not slow.done()
        source.allowed.set()
        assert slow.result().first_row == (7,)
    other.close()


def test_rows_are_still_there_after_a_kill(tmp_path: Path) -> None:
    with Stack(tmp_path, {"clickhouse"}, clean_environment()) as stack:
        stack.start()
        client = connect(stack)
        client.command("CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id")
        client.insert("kept", [[number] for number in range(1000)], column_names=["id"])
        client.close()
        stack.kill("clickhouse")
        stack.start_component("clickhouse")
        again = connect(stack)
        assert again.query("SELECT count(), sum(id) FROM kept").first_row == (1000, 499500)  # 999 * 1000 / 2
        again.close()
