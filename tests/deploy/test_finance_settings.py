"""The settings of finance: the other name of its address, what belongs to it, and secrets that are too short."""

import os

import pytest

import settings

SECRET = "finance-secret-" * 5  # 75 bytes
ADDRESS, OTHER_NAME = "AKTUM_FINANCE__URL", "SKYAI_FINANCE_URL"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AKTUM_", "SKYAI_"))]:
        monkeypatch.delenv(name)


def refusal() -> str:
    with pytest.raises(SystemExit) as caught:
        settings.load.__wrapped__()
    return str(caught.value)


def test_nothing_is_configured_by_default() -> None:
    found = settings.Settings().finance
    assert (found.url, found.jwt_secret) == (None, None)
    assert (found.jwt_algorithm, found.tenant, found.role_names, found.lifetime_seconds) == (
        "HS512",
        "platform-admin",
        ["admin"],
        60,
    )
    assert (found.issuer, found.token_audience, found.payment_days) == ("aktum", "aktum", 30)


@pytest.mark.parametrize("name", [ADDRESS, OTHER_NAME])
def test_both_names_of_the_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://localhost:4010")
    monkeypatch.setenv("AKTUM_FINANCE__JWT_SECRET", SECRET)
    monkeypatch.setenv("AKTUM_FINANCE__ROLES", "admin, editor")
    found = settings.Settings().finance
    assert (found.url, found.role_names) == ("http://localhost:4010", ["admin", "editor"])
    assert SECRET not in repr(found)


def test_our_own_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, "http://ours:4010")
    monkeypatch.setenv(OTHER_NAME, "http://theirs:4010")
    monkeypatch.setenv("AKTUM_FINANCE__JWT_SECRET", SECRET)
    assert settings.Settings().finance.url == "http://ours:4010"
    monkeypatch.setenv(ADDRESS, "")
    assert settings.Settings().finance.url == "http://theirs:4010"


@pytest.mark.parametrize("name", [ADDRESS, OTHER_NAME])
def test_an_address_needs_a_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://localhost:4010")
    assert refusal().endswith(f"{ADDRESS} is set, so these must also be set: AKTUM_FINANCE__JWT_SECRET.")


@pytest.mark.parametrize(
    ("algorithm", "length", "accepted"),
    [("HS512", 64, True), ("HS512", 63, False), ("HS256", 32, True), ("HS256", 31, False), ("none", 64, False)],
)
def test_a_secret_has_the_length_of_its_algorithm(
    algorithm: str, length: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKTUM_FINANCE__JWT_SECRET", "k" * length)
    monkeypatch.setenv("AKTUM_FINANCE__JWT_ALGORITHM", algorithm)
    if accepted:
        assert settings.Settings().finance.jwt_algorithm == algorithm
    else:
        message = refusal()
        assert "AKTUM_FINANCE" in message
        assert "kkk" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [(ADDRESS, "localhost:4010"), ("AKTUM_FINANCE__LIFETIME_SECONDS", "4"), ("AKTUM_FINANCE__LIFETIME_SECONDS", "601")],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_FINANCE__JWT_SECRET", SECRET)
    monkeypatch.setenv(name, value)
    assert name in refusal()
