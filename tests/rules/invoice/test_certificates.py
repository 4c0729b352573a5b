"""The certificate that E-IMZO describes in one text."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.invoice.signing.certificate import certificate_of

TASHKENT = ZoneInfo("Asia/Tashkent")
ALIAS = (
    "cn=karimova amina,o=proximaops,1.2.860.3.16.1.1=309630523,uid=41234567890123,serialnumber=77a1,"
    "validfrom=2026.01.31 10:00:00,validto=2027.01.31 10:00:00"
)


def test_its_facts_are_read_from_the_text() -> None:
    found = certificate_of(ALIAS, TASHKENT)
    assert (found.serial, found.tin, found.holder) == ("77a1", "309630523", "KARIMOVA AMINA")
    assert found.valid_to == datetime(2027, 1, 31, 5, tzinfo=UTC)  # 10:00 in Tashkent


def test_a_person_without_a_company_has_the_number_of_the_person() -> None:
    assert certificate_of(ALIAS.replace("1.2.860.3.16.1.1=309630523,", ""), TASHKENT).tin == "41234567890123"


@pytest.mark.parametrize("alias", ["", "cn=nobody", ALIAS.replace("2027.01.31", "31.01.2027")])
def test_a_text_without_times_is_no_certificate(alias: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        certificate_of(alias, TASHKENT)
