"""`aktum sign` with the sandbox signer and a stand-in for the API: what is signed, what is refused, and how it ends.

tests/acceptance/test_signing.py signs in a whole stack.
"""

import pytest
from fastapi.responses import JSONResponse

from local.stack.port_allocation import HOST, free_port
from operations import sign
from operations.api import client as api_client
from operations.eimzo import is_local
from tests.fixtures.signer_process import SignerPorts, running_signer
from tests.fixtures.signing_api import TIN, Aktum, document
from tests.stack.signing import aktum, wait

pytestmark = pytest.mark.usefixtures("no_stack")


@pytest.mark.usefixtures("signer")
class TestSigned:
    def test_one_of_several(self, api: Aktum) -> None:
        wait(api, 3)
        done = aktum("ACT-2", "--yes")
        assert done.exit_code == 0, done.output
        assert list(api.signatures.values()) == [("id-2", api.content("id-2"))]
        assert "1 of 1 were signed" in done.output
        assert "ООО [Ромашка]" in done.output

    def test_twenty_in_one_go(self, api: Aktum) -> None:
        wait(api, 20)
        done = aktum("--yes")
        assert done.exit_code == 0, done.output
        assert sorted(api.signatures.values()) == sorted((f"id-{n}", api.content(f"id-{n}")) for n in range(1, 21))
        assert "20 of 20 were signed" in done.output

    def test_more_than_a_page(self, api: Aktum) -> None:
        wait(api, 101)
        done = aktum("--list")
        assert done.exit_code == 0, done.output
        assert "ACT-101" in done.output

    def test_an_api_that_does_not_know_the_tin(self, api: Aktum) -> None:
        api.waiting = {"id-1": document(1) | {"seller_tin": ""}}
        done = aktum("--yes")
        assert done.exit_code == 0, done.output
        assert len(api.signatures) == 1

    def test_a_cancellation_is_named_as_such(self, api: Aktum) -> None:
        api.waiting = {"id-1": document(1, "cancel")}
        done = aktum("id-1", "--yes")
        assert done.exit_code == 0, done.output
        assert "cancels the sent act" in done.output
        assert len(api.signatures) == 1

    def test_nothing_waits(self, api: Aktum) -> None:
        done = aktum("--yes")
        assert (done.exit_code, "Nothing waits" in done.output) == (0, True)

    def test_the_list_signs_nothing_and_names_each_certificate(self, api: Aktum) -> None:
        wait(api, 1)
        done = aktum("--list")
        assert done.exit_code == 0, done.output
        rows = {line.split()[0]: line for line in done.output.splitlines() if line.startswith("DS_")}
        assert rows["DS_GOOD"].rstrip().endswith("fits")
        assert "expired on" in rows["DS_EXPIRED"]
        assert "has the TIN 301234567; the seller of the act is 309630523" in rows["DS_FOREIGN"]
        assert api.signatures == {}

    @pytest.mark.parametrize(("typed", "signed", "code"), [("y\n", 1, 0), ("n\n", 0, 1), ("\n", 0, 1)])
    def test_it_asks_first(self, api: Aktum, typed: str, signed: int, code: int) -> None:
        wait(api, 1)
        done = aktum(typed=typed)
        assert (done.exit_code, len(api.signatures)) == (code, signed)

    def test_a_lost_answer_is_asked_for_with_the_same_key(self, api: Aktum) -> None:
        wait(api, 1)
        api.unanswered = 2
        done = aktum("--yes")
        assert done.exit_code == 0, done.output
        assert len(api.requests) == 3
        assert len(set(api.requests)) == len(api.signatures) == 1

    def test_the_plain_port_is_used_if_the_other_is_closed(
        self, api: Aktum, signer_ports: SignerPorts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed, plain = free_port(set()), signer_ports.plain
        addresses = f"wss://{HOST}:{closed}/service/cryptapi ws://{HOST}:{plain}/service/cryptapi"
        monkeypatch.setenv("AKTUM_EIMZO", addresses)
        wait(api, 2)
        assert aktum("--yes").exit_code == 0
        assert len(api.signatures) == 2


@pytest.mark.usefixtures("signer")
class TestRefused:
    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("DS_FOREIGN", "has the TIN 301234567"),
            ("DS_EXPIRED", "expired on"),
            ("DS_NONE", "has no certificate DS_NONE"),
        ],
    )
    def test_a_certificate_that_may_not_sign(self, api: Aktum, name: str, says: str) -> None:
        wait(api, 2)
        done = aktum("--certificate", name, "--yes")
        assert done.exit_code == 1
        assert says in done.output
        assert "Nothing was signed." in done.output
        assert api.signatures == {}

    def test_the_key_of_another_company_only(self, api: Aktum, monkeypatch: pytest.MonkeyPatch) -> None:
        wait(api, 1)
        with running_signer("305555555") as ports:
            monkeypatch.setenv("AKTUM_EIMZO", ports.addresses)
            done = aktum("--yes")
        assert done.exit_code == 1
        assert f"no valid certificate with the TIN {TIN}" in done.output
        assert api.signatures == {}

    def test_the_seller_of_one_act_is_another_company(self, api: Aktum) -> None:
        wait(api, 1)
        api.seller_tin = "301234567"
        done = aktum("--yes")
        assert done.exit_code == 3
        assert "the seller of the act is 301234567" in done.output
        assert api.signatures == {}

    @pytest.mark.parametrize(
        ("state", "error", "says"),
        [
            ("failed", "The company's public offer is not signed in Didox.", "public offer is not signed"),
            ("pending", None, "it goes on by itself"),
        ],
    )
    def test_what_needs_a_person_is_listed_and_the_others_are_signed(
        self, api: Aktum, state: str, error: str | None, says: str
    ) -> None:
        wait(api, 3)
        api.outcomes["id-2"] = (state, error)
        done = aktum("--yes")
        assert done.exit_code == 3
        assert says in done.output
        assert "2 of 3 were signed" in done.output
        assert len(api.signatures) == 3

    def test_an_outage_in_between_lists_what_was_signed(self, api: Aktum) -> None:
        wait(api, 4)
        api.answers_until = "id-3"
        done = aktum("--yes")
        assert done.exit_code == 1
        assert "2 of 4 were signed" in done.output
        assert "PostgreSQL does not answer" in done.output
        assert [invoice for invoice, _ in api.signatures.values()] == ["id-1", "id-2"]

    def test_an_act_that_is_no_longer_there(self, api: Aktum) -> None:
        wait(api, 1)
        api.refusal = JSONResponse({"error": {"message": "Act ACT-1 is no longer in Didox."}}, 409)
        done = aktum("--yes")
        assert done.exit_code == 3
        assert "no longer in Didox" in done.output

    def test_an_invoice_that_does_not_wait(self, api: Aktum) -> None:
        wait(api, 1)
        done = aktum("ACT-9", "--yes")
        assert done.exit_code == 2
        assert "does not wait" in done.output
        assert api.signatures == {}


class TestImpossible:
    def test_the_signer_does_not_run(self, api: Aktum, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AKTUM_EIMZO", f"ws://{HOST}:{free_port(set())}/service/cryptapi")
        wait(api, 1)
        done = aktum("--yes")
        assert done.exit_code == 1
        assert sign.INSTALL in " ".join(done.output.split())
        assert "https://e-imzo" in done.output
        assert api.signatures == {}

    @pytest.mark.usefixtures("signer")
    def test_a_wrong_token(self, api: Aktum, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AKTUM_TOKEN", "another-key")
        done = aktum("--yes")
        assert (done.exit_code, "not valid" in done.output) == (1, True)
        assert "another-key" not in done.output

    def test_no_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        done = aktum("--yes")
        assert (done.exit_code, "AKTUM_TOKEN" in done.output) == (1, True)

    def test_the_api_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api_client, "PAUSE_SECONDS", 0.01)
        monkeypatch.setenv("AKTUM_TOKEN", "key-of-lena")
        done = aktum("--api", f"http://{HOST}:{free_port(set())}", "--yes")
        assert (done.exit_code, "does not answer" in done.output) == (1, True)
        assert "key-of-lena" not in done.output

    def test_a_signer_on_another_machine_is_not_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AKTUM_TOKEN", "key-of-lena")
        monkeypatch.setenv("AKTUM_EIMZO", "wss://signer.example.com/service/cryptapi")
        done = aktum("--yes")
        assert (done.exit_code, "of this machine" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("wss://127.0.0.1:64443/service/cryptapi", True),
        ("ws://localhost:64646/service/cryptapi", True),
        ("ws://[::1]:64646/service/cryptapi", True),
        ("http://127.0.0.1:64646/", False),
        ("wss://127.0.0.1.example.com:64443/", False),
        ("wss://10.0.0.1:64443/", False),
        ("ws://[::1/", False),
    ],
)
def test_only_this_machine_signs(address: str, local: bool) -> None:
    assert is_local(address) is local
