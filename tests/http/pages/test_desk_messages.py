"""The catalogues of the desk: each message has its Russian form, with the same placeholders, and none is left over."""

import re
from collections.abc import Sequence

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from api.pages.languages import LANGUAGES, SOURCE, catalogue_paths
from api.pages.rendering import environment
from tests.http.pages.messages import messages

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]")
NAMES = re.compile(r"%\((\w+)\)")


@pytest.fixture(scope="module", params=sorted(set(LANGUAGES) - {SOURCE}))
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    whole = Catalog(locale=request.param)
    for path in catalogue_paths(request.param):
        with path.open("rb") as file:
            for message in read_po(file, locale=request.param):
                assert not message.id or whole.get(message.id) is None, f"{message.id!r} stands in two catalogues"
                if message.id:
                    whole[message.id] = message
    return whole


def forms(message: Message) -> Sequence[str]:
    return message.string if isinstance(message.string, list | tuple) else [message.string or ""]


def test_there_are_messages() -> None:
    assert len(list(messages())) > 150


def test_each_message_is_translated(catalogue: Catalog) -> None:
    wanted = {message[:2] if isinstance(message, tuple) else message for message in messages()}
    translated = {message.id for message in catalogue if message.id and all(forms(message)) and not message.fuzzy}
    assert wanted - translated == set()
    assert translated - wanted == set(), "these stand in no page; take them out"


def test_the_placeholders_are_the_same(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for form in forms(message):
            assert set(PLACEHOLDERS.findall(form)) == set(PLACEHOLDERS.findall(source)), message.id


def test_each_form_can_be_filled_in(catalogue: Catalog) -> None:
    """Templates fill in each message, also one without placeholders, so a percent sign alone would end the page."""
    sources = [form for message in messages() for form in ([message] if isinstance(message, str) else message)]
    for form in [*sources, *(form for message in catalogue for form in forms(message) if message.id)]:
        assert form % dict.fromkeys(NAMES.findall(form), 1)


def test_a_plural_has_as_many_forms_as_the_language(catalogue: Catalog) -> None:
    assert all(len(forms(message)) == catalogue.num_plurals for message in catalogue if message.pluralizable)


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("ru", 1, "1 счёт"),
        ("ru", 2, "2 счёта"),
        ("ru", 5, "5 счетов"),
        ("ru", 21, "21 счёт"),
        ("ru", 104_002, "104\N{NO-BREAK SPACE}002 счёта"),
        ("en", 1, "1 invoice"),
        ("en", 4300, "4,300 invoices"),
    ],
)
def test_a_number_in_a_text_is_written_as_numbers_are(language: str, number: int, text: str) -> None:
    template = environment(language).from_string('{{ ngettext("%(num)s invoice", "%(num)s invoices", number) }}')
    assert template.render(number=number) == text
