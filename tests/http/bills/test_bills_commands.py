"""`aktum bills` against the whole system: what is imported and printed, and how a folder is watched."""

from collections import Counter
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

import cli
from operations.api.bills import BillsApi
from operations.bills import importing, watching
from operations.bills.importing import Imported
from operations.bills.watching import Folder
from operations.connections import ATTENTION
from tests.fixtures.ingested_bills import digitalocean_csv, droplet, tax
from tests.http.bills.ingesting import april_csv
from tests.http.callers import Caller

LINES = [droplet("web", "12.00"), droplet("api", "6.00"), tax("1.80")]


@pytest.fixture
async def api(bill_api: httpx.AsyncClient, lena: Caller) -> BillsApi:
    """The API of the commands, without a network."""
    api = BillsApi("http://api", SecretStr(lena.headers["Authorization"].removeprefix("Bearer ")))
    await api._http.aclose()
    api._http = httpx.AsyncClient(
        transport=bill_api._transport, base_url="http://api/api/v1", headers=lena.headers, timeout=60
    )
    return api


async def test_a_file_is_imported_with_its_bill(
    api: BillsApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "april.csv"
    path.write_bytes(april_csv())
    hints = {"provider_invoice_id": f"inv-{uuid4().hex[:12]}", "number": "512345678"}
    with importing._bars() as bars:
        result = await importing.import_one(api, path, hints, 60, bars)
    [bill] = result.bills
    assert (result.problem, result.findings, result.already_read) == (None, [], False)
    assert (bill.line_count, bill.net, bill.tax, bill.gross, bill.finance.state) == (
        33,
        "79.02",
        "7.9",
        "86.92",
        "pushed",
    )
    importing.print_result(result)
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("april.csv is imported", "512345678", "86.92", "pushed"))
    again = await importing.import_one(api, path, hints, 60)
    assert (again.already_read, [each.id for each in again.bills]) == (True, [bill.id])


async def test_what_a_person_must_look_at(api: BillsApi, tmp_path: Path) -> None:
    mark = uuid4().hex[:8]
    hints = {"provider_invoice_id": f"inv-{mark}"}
    whole, part, other = (tmp_path / name for name in ("whole.csv", "part.csv", "other.csv"))
    whole.write_bytes(digitalocean_csv(LINES, mark))
    part.write_bytes(digitalocean_csv(LINES[1:], mark))
    other.write_text(f"name,price,{mark}\nweb,12\n")
    assert not (await importing.import_one(api, whole, hints, 60)).needs_person
    refused = await importing.import_one(api, part, hints, 60)
    assert (refused.problem, refused.bills) == (None, [])
    assert "has only 2" in refused.findings[0]
    unreadable = await importing.import_one(api, other, {}, 60)
    assert unreadable.problem is not None
    assert "name, price" in unreadable.problem
    wrong = await importing.import_one(api, whole, {"currency": "dollars"}, 60)
    assert wrong.problem is not None
    assert "currency" in wrong.problem


async def test_a_folder_is_watched_without_touching_it(api: BillsApi, tmp_path: Path) -> None:
    mark, counts, folder = uuid4().hex[:8], Counter[str](), Folder(tmp_path)
    hints = {"provider_invoice_id": f"inv-{mark}"}
    path, growing = tmp_path / "bill.csv", tmp_path / "next.csv.part"
    path.write_bytes(digitalocean_csv(LINES[:1], mark))
    growing.write_bytes(b"not yet")
    await watching.look(api, folder, hints, 60, counts)
    assert counts == {}  # it may still be written to
    for _ in range(3):
        await watching.look(api, folder, hints, 60, counts)
    assert counts == {"imported": 1}
    path.write_bytes(digitalocean_csv(LINES, mark))  # the corrected file replaces it
    copy = tmp_path / "copy.csv"
    copy.write_bytes(digitalocean_csv(LINES[:1], mark))
    for _ in range(3):
        await watching.look(api, folder, hints, 60, counts)
    assert counts == {"imported": 2, "known before": 1}
    assert names_in(tmp_path) == ["bill.csv", "copy.csv", "next.csv.part"]


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_a_file_waits_for_an_api_that_does_not_answer(api: BillsApi, tmp_path: Path) -> None:
    mark, counts, folder = uuid4().hex[:8], Counter[str](), Folder(tmp_path)
    (tmp_path / "bill.csv").write_bytes(digitalocean_csv(LINES, mark))
    working, down = api._http, httpx.AsyncClient(base_url="http://127.0.0.1:1/api/v1")
    for http in (working, down, working):
        api._http = http
        await watching.look(api, folder, {"provider_invoice_id": f"inv-{mark}"}, 60, counts)
    assert counts == {"imported": 1}


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([Imported("a")], 0),
        ([Imported("a", findings=["does not add up"])], ATTENTION),
        ([Imported("a"), Imported("b", problem="no bill")], ATTENTION),
        ([Imported("a", problem="no bill")], 1),
    ],
)
def test_the_exit_code_says_whether_a_person_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: list[Imported], code: int
) -> None:
    async def run(*_: object) -> list[Imported]:
        return results

    monkeypatch.setattr(importing, "run", run)
    path = tmp_path / "a.csv"
    path.write_text("a")
    assert CliRunner().invoke(cli.app, ["bills", "import", str(path)]).exit_code == code


def test_wrong_arguments_and_a_missing_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AKTUM_TOKEN", raising=False)
    assert CliRunner().invoke(cli.app, ["bills", "import", str(tmp_path / "none.csv")]).exit_code == 2
    assert CliRunner().invoke(cli.app, ["bills", "watch", str(tmp_path / "none")]).exit_code == 2
    listed = CliRunner().invoke(cli.app, ["bills", "list", "--api", "http://127.0.0.1:1"])
    assert (listed.exit_code, "AKTUM_TOKEN" in listed.output) == (1, True)
