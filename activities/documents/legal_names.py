"""The names of companies and taxes in the document's language."""

import re

from models.issuer.issuer import Party

# Company types come from ClickHouse in English or Russian, whichever the sales person typed.
_COMPANY_TYPES = (("LLC", "ООО"), ("JSC", "АО"), ("PE", "ЧП"), ("IE", "ИП"))
# How a name may say the same type itself: in Uzbek, in Latin letters, in full.
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
    """`ООО «Ромашка»`, `Acme Corp LLC`; a name that already carries its company type stands as it is."""
    kind = _translated(party.company_type.strip(), _COMPANY_TYPES, language)
    if not _words(kind) or _carries_type(party.name, party.company_type):
        return party.name
    if language == "en":
        return f"{party.name} {kind}"
    return f"{kind} {party.name}" if re.search('[«"“„]', party.name) else f"{kind} «{party.name}»"


def _carries_type(name: str, company_type: str) -> bool:
    """At either end of the name in any spelling (`INC` for `Inc.`); between other words only as it is written, as
    nobody can tell `as` from `AS` there."""
    kinds = _spellings(company_type)
    words = _words(name)
    ends = ("".join(part) for n in range(1, len(words) + 1) for part in (words[:n], words[-n:]))
    return any(end.casefold() in kinds for end in ends) or any(word in kinds.values() for word in words)


def _spellings(company_type: str) -> dict[str, str]:
    """In small letters -> as it is written."""
    kind = "".join(_words(company_type))
    groups = [{each.casefold(): each for each in group} for group in _SAME_TYPES]
    found = {kind.casefold(): kind}
    for group in groups:
        found |= group if kind.casefold() in group else {}
    return found


def _words(text: str) -> list[str]:
    """Without dots: `L.L.C.` is one word, as `LLC` is."""
    return re.findall(r"\w+", text.replace(".", ""))


def tax_name(code: str, language: str) -> str:
    return _translated(code, _TAX_CODES, language)


def _translated(term: str, pairs: tuple[tuple[str, str], ...], language: str) -> str:
    """The term's English or Russian twin; a term that has none stays."""
    for english, russian in pairs:
        if term in (english, russian):
            return russian if language == "ru" else english
    return term
