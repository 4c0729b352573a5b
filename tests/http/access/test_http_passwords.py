"""What a password may be: every character counts, one that is typed elsewhere is the same one, no common ones."""

import unicodedata

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from api.access.password_strength import reason_guessable
from models.access.tables import User
from tests.http.callers import Caller, data_of, error_of

GOOD = "lamp river forty socks"


async def log_in(http: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await http.post("/api/v1/auth/login", json={"username": username, "password": password})


async def add(admin: Caller, username: str, password: str = GOOD) -> httpx.Response:
    return await admin.post("/settings/users", {"username": username, "role": "viewer", "password": password})


@pytest.mark.parametrize("password", [f" {GOOD}", f"{GOOD}  ", f"\t{GOOD}\n", f"\u3000{GOOD}"])
async def test_blanks_at_the_ends_belong_to_the_password(
    http: httpx.AsyncClient, admin: Caller, key: str, password: str
) -> None:
    made = data_of(await add(admin, key, password), 201)
    data_of(await log_in(http, key, password))
    error_of(await log_in(http, key, password.strip()), 401, "UNAUTHORIZED")
    other = f"{password} x7"
    changed = {"password": other}
    data_of(await admin.patch(f"/settings/users/{key}", changed, headers={"If-Match": made["version"]}))
    data_of(await log_in(http, key, other))


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("stored", ["NFC", "NFKD"])
async def test_each_way_to_type_a_character_is_the_same_password(
    http: httpx.AsyncClient, admin: Caller, key: str, form: str, stored: str
) -> None:
    password = "ёлка № 7 – Ångström ﬁn"
    data_of(await add(admin, key, unicodedata.normalize(stored, password)), 201)  # type: ignore[arg-type]
    data_of(await log_in(http, key, unicodedata.normalize(form, password)))  # type: ignore[arg-type]


async def test_a_password_of_an_earlier_release_stays_valid(
    http: httpx.AsyncClient, admin: Caller, engine: AsyncEngine, key: str
) -> None:
    """Its hash is of the text as it was typed, here with a sign that NFKC replaces by two letters."""
    data_of(await add(admin, key), 201)
    async with engine.begin() as connection:
        hashed = PasswordHasher().hash("№ 7 lamp river")
        await connection.execute(update(User).where(col(User.username) == key).values(password_hash=hashed))
    data_of(await log_in(http, key, "№ 7 lamp river"))
    error_of(await log_in(http, key, "No 7 lamp river!"), 401, "UNAUTHORIZED")


COMMON = [
    *("aaaaaaaaaaaa", "            ", "123456789012", "111111222222", "abcdefghijkl", "zyxwvutsrqpo"),
    *("passwordpassword", "Password12345!", "P@ssw0rd1234", "letmeinletmein", "welcome12345", "football2024"),
    *("qwertyuiopasd", "1q2w3e4r5t6y", "qazwsxedcrfv", "administrator", "drowssap1234"),
    *("йцукенгшщзхъ", "парольпароль", "пароль123456", "фывапролджэ1", "ПАРОЛЬпароль"),
    "ｐａｓｓｗｏｒｄ１２３４",  # NFKC makes it password1234
]


@pytest.mark.parametrize("password", COMMON)
async def test_common_passwords_are_refused_wherever_one_is_set(admin: Caller, key: str, password: str) -> None:
    for response in (
        await add(admin, key, password),
        await admin.patch("/settings/users/vera", {"password": password}),
    ):
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == "password"
        assert "easy to guess" in detail["message"]


@pytest.mark.parametrize(
    "password", ["{name}", "{NAME}", "{name}{name}", "{name}-{name}", "{name}2024", "{name}12345!", "{eman}"]
)
async def test_the_user_name_is_no_password(admin: Caller, password: str) -> None:
    name = "Gulnora.Karimova"
    filled = password.format(name=name, NAME=name.upper(), eman=name[::-1])
    [detail] = error_of(await add(admin, name, filled), 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == "password"


@pytest.mark.parametrize("password", [GOOD, "Jf8$kd02Lmq!", "длинная фраза из слов", "helena loves hiking in hills"])
async def test_good_passwords_are_taken(admin: Caller, key: str, password: str) -> None:
    data_of(await add(admin, key, password), 201)


def test_no_password_takes_long_to_judge() -> None:
    """Each of the first four took half a minute when its signs were tried as letters in every combination."""
    signs = "4@8({[<369&#!1/|0$5+7%2"
    for password in (
        signs * 40,
        signs[::-1] * 40,
        f"{signs}abcegilostxz" * 30,
        "4a@8b({[<c3e6g9g1i!|1l7l0o$5s+7t%x2z" * 9,
    ):
        assert reason_guessable("anna", password) is None
    for password in ("({[<|17690" * 100, "1234567890" * 100, "a" * 1000, "P@$$w0rd!({[" + "x" * 900):
        reason_guessable("gulnora.karimova@company.uz", password)


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("lamp river1", "must have 12 to 1000 characters"),
        ("ёё" * 501, "must have 12 to 1000 characters"),
        ("lamp river\u0000 forty", "must not contain a NUL character"),
    ],
)
async def test_the_length_is_of_characters(admin: Caller, key: str, password: str, message: str) -> None:
    [detail] = error_of(await add(admin, key, password), 400, "VALIDATION_ERROR")["details"]
    assert detail == {"path": "password", "message": message}


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
async def test_names_that_differ_in_case_are_taken(admin: Caller, key: str, change: object) -> None:
    name = f"{key}-Lena"
    data_of(await add(admin, name), 201)
    refused = error_of(await add(admin, change(name)), 409, "CONFLICT")  # type: ignore[operator]
    assert refused["details"]["reason"] == "AlreadyExists"
    assert name in refused["message"]


async def test_a_password_is_long_enough_as_it_is_typed(admin: Caller, key: str) -> None:
    """NFKC makes 18 letters of this sign, and the document of the API states the length of what is sent."""
    body = {"username": key, "role": "viewer", "password": "ﷺ"}
    error = error_of(await admin.post("/settings/users", body), 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == ["password"]
