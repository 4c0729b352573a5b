"""The names of companies and taxes in the language of the document."""

import re

from models.issuer.issuer import Party

# ClickHouse has company types in English or Russian, as they were entered.
_COMPANY_TYPES = (("LLC", "ООО"), ("JSC", "АО"), ("PE", "ЧП"), ("IE", "ИП"))
# Other spellings of a type that a company name may contain: in Uzbek, in Latin letters, in full.
_SAME_TYPES = (
    ("LLC", "ООО", "OOO", "MChJ", "МЧЖ"),
    ("JSC", "АО", "AO", "AJ", "АЖ"),
    ("PE", "ЧП", "XK", "ХК"),
    ("IE", "ИП", "YaTT", "ЯТТ"),
    ("Ltd", "Limited"),
    ("Inc", "Incorporated"),
    ("Corp", "Corporation"),
)
_TAX_CODES = (("VAT", "НДС"),)


def legal_name(party: Party, language: str) -> str:
    """Return the name with its company type: `ООО «Ромашка»`, `Acme Corp LLC`. A name that contains it is unchanged."""
    kind = _translated(party.company_type.strip(), _COMPANY_TYPES, language)
    if not _words(kind) or _carries_type(party.name, party.company_type):
        return party.name
    if language == "en":
        return f"{party.name} {kind}"
    return f"{kind} {party.name}" if re.search('[«"“„]', party.name) else f"{kind} «{party.name}»"


def _carries_type(name: str, company_type: str) -> bool:
    """Return whether the name contains its company type.

    At the start or end any spelling counts (`INC` for `Inc.`); between other words only the exact spelling, because
    there `as` could be a word.
    """
    kinds = _spellings(company_type)
    words = _words(name)
    ends = ("".join(part) for n in range(1, len(words) + 1) for part in (words[:n], words[-n:]))
    return any(end.casefold() in kinds for end in ends) or any(word in kinds.values() for word in words)


def _spellings(company_type: str) -> dict[str, str]:
    """Return the spellings of a company type: lower case -> as it is written."""
    kind = "".join(_words(company_type))
    groups = [{each.casefold(): each for each in group} for group in _SAME_TYPES]
    found = {kind.casefold(): kind}
    for group in groups:
        found |= group if kind.casefold() in group else {}
    return found


def _words(text: str) -> list[str]:
    """Return the words of the text without dots, so that `L.L.C.` is one word."""
    return re.findall(r"\w+", text.replace(".", ""))


def tax_name(code: str, language: str) -> str:
    """Return the name of a tax: `VAT`, `НДС`."""
    return _translated(code, _TAX_CODES, language)


def _translated(term: str, pairs: tuple[tuple[str, str], ...], language: str) -> str:
    """Return the term in the language; a term that is not in the table is unchanged."""
    for english, russian in pairs:
        if term in (english, russian):
            return russian if language == "ru" else english
    return term
