"""E-mail addresses that people type, and cells of contacts that hold several."""

import pytest
from pydantic import TypeAdapter, ValidationError

from models.values.email_address import EmailAddress, ascii_address, is_recorded_address, recipients_in


@pytest.mark.parametrize(
    "good", ["a@b.uz", "a.b+c@mail.acme.co.uk", "a_b@x-y.io", "1@2.org", "a@xn--80a.xn--p1ai", "a@company.local"]
)
def test_an_address_is_accepted_as_it_is(good: str) -> None:
    assert ascii_address(good) == good
    assert is_recorded_address(good)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@müller.de", "a@xn--mller-kva.de"),
        ("a@почта.рф", "a@xn--80a1acny.xn--p1ai"),
        ("A@Müller.DE", "A@xn--mller-kva.de"),
    ],
)
def test_a_domain_becomes_ascii(text: str, address: str) -> None:
    assert ascii_address(text) == address
    assert is_recorded_address(address)


@pytest.mark.parametrize(
    "bad",
    [
        *("", "a", "a@", "@b.uz", "a@b", "a@@b.uz", "a b@c.uz", "a@b..uz", ".a@b.uz", "a.@b.uz", "a..b@c.uz"),
        *("<a@b.uz>", "Name <a@b.uz>", "mailto:a@b.uz", "a@-b.uz", "a@b.u", "a@1.2.3.4", "a@[1.2.3.4]", '"a b"@c.uz'),
        *("a@b.uz\nBcc: x@y.uz", "a@b.uz, c@d.uz", "иван@почта.рф", "a" * 250 + "@b.uz", "a" * 65 + "@b.uz"),
        *(
            "a\x01b@company.uz",
            "a\x7f@b.uz",
            "a\u202eb@c.uz",
            "a@b\u202e.uz",
            "a@b\u200b.uz",
            "a\u2066@b.uz",
            "a@b_c.uz",
        ),
    ],
)
def test_what_is_no_address_is_refused(bad: str) -> None:
    assert ascii_address(bad) is None
    with pytest.raises(ValidationError, match="is not an e-mail address"):
        TypeAdapter(EmailAddress).validate_python(bad)


@pytest.mark.parametrize(
    ("cell", "addresses", "left_out"),
    [
        ("Name <a@client.example>, b@client.example", ["a@client.example", "b@client.example"], []),
        ('"Karimova, Nodira" <n@acme.uz>; ap@acme.uz', ["n@acme.uz", "ap@acme.uz"], []),
        ("Karimova, Nodira <n@acme.uz>", ["n@acme.uz"], []),
        ("mailto:a@x.uz b@x.uz", ["a@x.uz", "b@x.uz"], []),
        ("MAILTO:a@x.uz?subject=Act", ["a@x.uz"], []),
        ("<mailto:a@x.uz>", ["a@x.uz"], []),
        ("mailto:a%2Bb@x.uz", [], ["mailto:a%2Bb@x.uz"]),
        ("a@x.uz;b@müller.de", ["a@x.uz", "b@xn--mller-kva.de"], []),
        ("Иван <i@почта.рф>\nb@x.uz", ["i@xn--80a1acny.xn--p1ai", "b@x.uz"], []),
        ("a@x.uz <b@y.uz>", ["a@x.uz", "b@y.uz"], []),
        ("a@x.uz, a@x.uz", ["a@x.uz"], []),
        ("a@x.uz, info@, b@y.uz", ["a@x.uz", "b@y.uz"], ["info@"]),
        ("a@x.uz, accounts", ["a@x.uz"], ["accounts"]),
        ("accounts, a@x.uz", ["a@x.uz"], ["accounts"]),
        ("a@x.uz (accounts)", ["a@x.uz"], ["(accounts)"]),
        ("a@x.uz, Nodira <info@>", ["a@x.uz"], ["info@"]),
        ("a@x.uz, c\x01@x.uz", ["a@x.uz"], ["c\x01@x.uz"]),
        ("a@x.uz/b@x.uz", [], ["a@x.uz/b@x.uz"]),
        ("иван@почта.рф", [], ["иван@почта.рф"]),
        (" ; , ", [], []),
    ],
)
def test_no_part_of_a_cell_is_dropped_silently(cell: str, addresses: list[str], left_out: list[str]) -> None:
    assert recipients_in(cell) == (tuple(addresses), tuple(left_out))


@pytest.mark.parametrize("cell", ['"' * 50_000 + ',"' * 50_000, '"a\\' * 60_000, "<" * 100_000 + "@", "@" * 100_000])
def test_a_long_cell_takes_linear_time(cell: str) -> None:
    assert recipients_in(cell).addresses == ()
