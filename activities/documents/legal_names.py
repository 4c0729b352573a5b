"""The names of companies and taxes in the language of the document."""

import re

from models.issuer.issuer import Party

# ClickHouse has company types in English or Russian, as they were entered.
_COMPANY_TYPES = (("LLC", "ООО"), ("JSC", "АО"), ("PE", "ЧП"), ("IE", "ИП"))
# Other spellings of a type that a company name may contain: in Uzbek, in Latin letters, in full.
_SAME_TYPES = (
    (
        *("LLC", "ООО", "OOO", "MChJ", "МЧЖ"),
        *("Limited Liability Company", "Общество с ограниченной ответственностью"),
        *("Mas'uliyati cheklangan jamiyat", "Mas'uliyati cheklangan jamiyati"),
        *("Масъулияти чекланган жамият", "Масъулияти чекланган жамияти"),
    ),
    (
        *("JSC", "АО", "AO", "AJ", "АЖ", "ОАО", "OAO", "ЗАО", "ZAO", "ПАО", "PAO", "OJSC", "CJSC", "PJSC"),
        *("Joint Stock Company", "Joint-Stock Company", "Stock Company"),
        *("Акционерное общество", "Открытое акционерное общество", "Закрытое акционерное общество"),
        *("Публичное акционерное общество", "Непубличное акционерное общество"),
        *("Aksiyadorlik jamiyati", "Aksiyadorlik jamiyat", "Акциядорлик жамияти", "Акциядорлик жамият"),
    ),
    (
        *("PE", "ЧП", "XK", "ХК"),
        *("Private Enterprise", "Частное предприятие", "Xususiy korxona", "Xususiy korxonasi"),
        *("Хусусий корхона", "Хусусий корхонаси"),
    ),
    (
        *("IE", "ИП", "YaTT", "ЯТТ"),
        *("Individual Entrepreneur", "Индивидуальный предприниматель"),
        *("Yakka tartibdagi tadbirkor", "Якка тартибдаги тадбиркор"),
    ),
    (
        *("LLP", "ТОО", "TOO", "ЖШС"),
        *("Limited Liability Partnership", "Товарищество с ограниченной ответственностью"),
        "Жауапкершілігі шектеулі серіктестігі",
    ),
    ("Ltd", "Limited", "Limited Company", "Co Ltd"),
    ("PLC", "Public Limited Company"),
    ("Inc", "Incorporated"),
    ("Corp", "Corporation"),
    ("GmbH", "Gesellschaft mit beschränkter Haftung"),
    ("AG", "Aktiengesellschaft"),
    ("Sdn Bhd", "Sendirian Berhad"),
    ("Pvt Ltd", "Private Limited"),
    ("Pte Ltd", "Private Limited"),
    ("SA", "Société Anonyme"),
    ("SARL", "Société à responsabilité limitée"),
    ("BV", "Besloten Vennootschap"),
    ("Sp z oo", "Spółka z ograniczoną odpowiedzialnością"),
    ("AŞ", "Anonim Şirketi"),
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

    At the start or end any spelling of an abbreviation counts (`INC` for `Inc.`); between other words only the exact
    spelling, because there `as` could be a word. A type in full counts anywhere.
    """
    spellings = _spellings(company_type)
    words = _words(name)
    ends = ("".join(part) for n in range(1, len(words) + 1) for part in (words[:n], words[-n:]))
    short = {"".join(spelling).casefold() for spelling in spellings}
    if any(end.casefold() in short for end in ends) or any((word,) in spellings for word in words):
        return True
    text = f" {' '.join(words)} ".casefold()
    return any(len(spelling) > 1 and f" {' '.join(spelling)} ".casefold() in text for spelling in spellings)


def _spellings(company_type: str) -> set[tuple[str, ...]]:
    """Return the spellings of a company type, each as its words."""
    kind = tuple(_words(company_type))
    found = {kind}
    for group in _SAME_TYPES:
        spellings = {tuple(_words(each)) for each in group}
        if "".join(kind).casefold() in {"".join(spelling).casefold() for spelling in spellings}:
            found |= spellings
    return found


def _words(text: str) -> list[str]:
    """Return the words of the text without dots and apostrophes.

    So `L.L.C.` is one word, and `Mas'uliyati` is the same word with any of its apostrophes.
    """
    return re.findall(r"\w+", re.sub("[.'\u2018\u2019\u02bb\u02bc`\u00b4]", "", text))


def tax_name(code: str, language: str) -> str:
    """Return the name of a tax: `VAT`, `НДС`."""
    return _translated(code, _TAX_CODES, language)


def _translated(term: str, pairs: tuple[tuple[str, str], ...], language: str) -> str:
    """Return the term in the language; a term that is not in the table is unchanged."""
    for english, russian in pairs:
        if term in (english, russian):
            return russian if language == "ru" else english
    return term
