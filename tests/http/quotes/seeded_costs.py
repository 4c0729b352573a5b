"""Costs whose figures stand nowhere else, and what is computed from them: by these figures a leak is found."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from models.access.roles import Role
from tests.http.quotes.calculations import deal

# 7,913.37 gross + 17.31 % of it (1,369.80) + 641.93 are 9,925.10, for 151 x 73 % = 110.23 hours.
COST = {
    "kind": "role",
    "currency": "USD",
    "gross": "7913.37",
    "taxes_percent": "17.31",
    "benefits_amount": "641.93",
    "hours_per_month": "151",
    "utilisation_percent": "73",
    "valid_from": "2026-01-01",
}
OVERHEAD = {"kind": "per_head", "amount": "4817.29", "currency": "USD", "valid_from": "2026-01-01"}
# The grade that an employee has; its code is known to nobody else either.
GRADE = "grade-28461953"
ASSIGNMENT = {"grade": GRADE, "valid_from": "2026-01-01"}
# The figures of the settings; what is computed from them for 100 hours: 100 x 9,925.10 / 110.23 = 9,003.99; and the
# cost of a typed input, 3,391.77.
SECRETS = (GRADE, "7913.37", "17.31", "1369.8", "641.93", "9925.1", "110.23", "4817.29", "9003.99", "3391.77")
HIDDEN_FROM = {
    Role.EDITOR: (Role.VIEWER,),
    Role.MANAGER: (Role.VIEWER, Role.EDITOR),
    Role.ADMIN: (Role.VIEWER, Role.EDITOR, Role.MANAGER),
}


@dataclass(frozen=True)
class Seeded:
    code: str
    calculation_id: str
    invoice_id: str

    @property
    def filters(self) -> str:
        return f"period_from=2026-02&application_key={self.code}"


def the_deal(code: str) -> dict[str, Any]:
    costs = [
        {"name": "insurance", "amount": "3391.77"},
        {"name": "licence", "amount": "3391.77", "passed_on": True, "markup_percent": "11"},
    ]
    return deal(code, prices={"hourly_rate": "200.00"}, costs=costs)


def told(response: httpx.Response) -> set[str]:
    """Return the figures that the answer tells, whatever separates their digits."""
    text = f"{response.headers} {response.text}"
    ungrouped = re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", text)
    written = (text, ungrouped, re.sub(r"(?<=\d),(?=\d)", ".", ungrouped))
    return {each for each in SECRETS if any(_is_in(each, way) for way in written)}


def _is_in(figure: str, text: str) -> bool:
    """Return whether the figure stands in the text, and not as a part of a number, such as the seconds of a moment."""
    return re.search(rf"(?<![\d:.]){re.escape(figure)}0*(?!\d)", text) is not None
