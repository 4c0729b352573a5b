"""The configuration of contracts over HTTP."""

from typing import Any

import pytest

from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.set_settings import changes, match


@pytest.fixture
async def series(admin: Caller, key: str) -> str:
    data_of(await admin.post("/settings/number-series", {"key": f"S-{key}", "pattern": f"{key}-{{seq}}"}), 201)
    return f"S-{key}"


class TestClientConfig:
    async def test_a_config_is_set_and_removed(self, manager: Caller, viewer: Caller, series: str, key: str) -> None:
        path = f"/settings/client-config/{key}"
        error_of(await viewer.get(path), 404, "NOT_FOUND")
        made = data_of(await manager.put(path, {"series": series}))
        assert made["value"] == {
            "series": series,
            "payment_days": 45,
            "reminder_days": [-7, 0, 1, 7, 15],
            "channel": None,
            "recipients": [],
            "cc": [],
            "bcc": [],
            "show_task_list": True,
            "show_tracked_time": True,
            "show_task_pricing": False,
            "show_overtime": True,
            "legal_text": "",
            "tax_treatment": "standard",
            "tax_note": "",
            "prices_include_tax": False,
            "ikpu": "",
            "ikpu_name": "",
            "package_code": "",
            "package_name": "",
            "measure_id": None,
        }
        addresses = {
            "recipients": ["a@client.example"],
            "cc": ["b@client.example"],
            "bcc": ["c@proximaops.example", "d@proximaops.example"],
        }
        changed = made["value"] | addresses | {"channel": "email", "reminder_days": [5, -3, 5]}
        after = data_of(await manager.put(path, changed, headers=match(made)))
        assert after["value"] == changed | {"reminder_days": [-3, 5]}
        assert (await manager.delete(path, headers=match(after))).status_code == 204
        assert len(await changes(viewer, "client-config", key)) == 3

    @pytest.mark.parametrize(
        ("wrong", "path"),
        [
            ({"series": "no such series"}, "series"),
            ({"payment_days": 366}, "payment_days"),
            ({"tax_treatment": "exempt"}, "tax_note"),
            ({"tax_treatment": "zero", "prices_include_tax": True}, "prices_include_tax"),
            ({"payment_days": -1}, "payment_days"),
            ({"reminder_days": [400]}, "reminder_days"),
            ({"channel": "pigeon"}, "channel"),
            ({"recipients": ["nobody"]}, "recipients.0"),
            ({"cc": ["a@b.uz", "a@b.uz, c@d.uz"]}, "cc.1"),
            ({"bcc": ["a@b.uz\nTo: c@d.uz"]}, "bcc.0"),
            ({"bcc": [f"a{n}@b.uz" for n in range(21)]}, "bcc"),
            ({"legal_text": "x" * 20_001}, "legal_text"),
            ({"show_everything": True}, "show_everything"),
            ({"ikpu": "1060900100100000"}, "ikpu"),
            ({"ikpu": "1060900100100000x"}, "ikpu"),
            ({"ikpu": "10609001001000000", "package_name": "услуга"}, "package_code"),
            ({"ikpu": "10609001001000000", "package_code": "1492018"}, "package_name"),
            ({"ikpu": "10609001001000000", "package_code": "1", "package_name": "x", "measure_id": 1}, "measure_id"),
            ({"package_code": "1492018"}, "package_code"),
            ({"ikpu_name": "Поддержка"}, "ikpu_name"),
            ({"measure_id": 0}, "measure_id"),
        ],
    )
    async def test_bad_values(self, manager: Caller, series: str, key: str, wrong: dict[str, Any], path: str) -> None:
        response = await manager.put(f"/settings/client-config/{key}", {"series": series} | wrong)
        error = error_of(response, 400, "VALIDATION_ERROR")
        assert [detail["path"] for detail in error["details"]] == [path]
        assert await changes(manager, "client-config", key) == []
