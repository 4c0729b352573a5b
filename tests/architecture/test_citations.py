"""What the repository cites exists: pages of the documentation, their numbered sections, links and pictures."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
CITING = ("*.py", "*.j2", "*.md", "*.css", "*.sql", "*.sh", "*.yml", "*.yaml", "*.toml", ".env.example", "Makefile")

# `docs/specification/pricing.md 4.8`; several sections stand behind one page as in `pricing.md 4, 5.1`.
SECTION = r"\d+(?:\.\d+)*"
CITATION = re.compile(rf"\b(docs/[\w./-]+\.md)(?: ({SECTION}(?:, {SECTION})*)(?![\w-]))?")
NUMBERED_HEADING = re.compile(rf"^#+ ({SECTION})\.? ", re.MULTILINE)
LINKED_SECTION = re.compile(rf"\]\(([\w./-]+\.md)\) ({SECTION}(?: and {SECTION}|, {SECTION})*)(?![\w-])")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)

# Notes that are not part of the repository, by the forms in which they were once cited.
OUTSIDE = re.compile(
    r"(?<![\w/])reference/[\w-]+|\bseeds/|\bseed 0\d\d|\(design[:)]|\bdesign \d|"
    r"\b(?:service-invoices|external-services|partner-invoices-and-vendor-bills)\.md"
)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).exists()]


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def sections_of(page: Path) -> frozenset[str]:
    return frozenset(NUMBERED_HEADING.findall(text_of(page)))


@cache
def anchors_of(page: Path) -> frozenset[str]:
    """The anchors that a heading gets on a code host: lower case, punctuation removed, spaces as hyphens."""
    headings = HEADING.findall(CODE.sub(lambda code: code[0].strip("`"), text_of(page)))
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def where(path: Path, text: str, position: int) -> str:
    return f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, position) + 1}"


def citations(path: Path) -> Iterator[tuple[str, Path, str | None]]:
    """Where a page is cited, the page, and a cited section; the page alone counts as a citation, too."""
    text = text_of(path)
    for found in CITATION.finditer(text):
        page, sections = ROOT / found[1], found[2]
        yield where(path, text, found.start()), page, None
        for section in re.findall(SECTION, sections or ""):
            yield where(path, text, found.start()), page, section
    if path.suffix == ".md":
        for found in LINKED_SECTION.finditer(text):
            for section in re.findall(SECTION, found[2]):
                yield where(path, text, found.start()), (path.parent / found[1]).resolve(), section


def test_every_cited_page_and_section_exists() -> None:
    wrong = []
    for path in tracked(*CITING):
        for place, page, section in citations(path):
            if not page.is_file():
                wrong.append(f"{place}: {page.relative_to(ROOT)} does not exist")
            elif section and section not in sections_of(page):
                wrong.append(f"{place}: {page.relative_to(ROOT)} has no section {section}")
    assert wrong == []


def test_nothing_outside_the_repository_is_cited() -> None:
    this = Path(__file__)
    wrong = [
        f"{where(path, text, found.start())} cites {found[0]}"
        for path in tracked(*CITING)
        if path != this
        for text in [text_of(path)]
        for found in OUTSIDE.finditer(text)
    ]
    assert wrong == []


def test_links_and_pictures_of_every_page_resolve() -> None:
    wrong = []
    for path in tracked("*.md"):
        text = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text_of(path))
        for found in LINK.finditer(text):
            address = unquote(found[1] or found[2])
            if re.match(r"[a-z]+:", address):
                continue
            target, _, anchor = address.partition("#")
            page = (path.parent / target).resolve() if target else path
            if not page.exists():
                wrong.append(f"{where(path, text, found.start())}: {address} does not exist")
            elif anchor and anchor not in anchors_of(page):
                wrong.append(f"{where(path, text, found.start())}: {address} names no heading")
    assert wrong == []


def test_sections_of_the_specification_are_numbered_once_and_in_order() -> None:
    wrong = []
    for page in tracked("docs/specification/*.md"):
        numbers = [tuple(map(int, number.split("."))) for number in NUMBERED_HEADING.findall(text_of(page))]
        if numbers != sorted(set(numbers)):
            wrong.append(str(page.relative_to(ROOT)))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "page", "sections"),
    [
        ("(docs/specification/pricing.md 4.8)", "docs/specification/pricing.md", "4.8"),
        ("see docs/specification/pricing.md 4, 5.1.", "docs/specification/pricing.md", "4, 5.1"),
        ("docs/api.md has it", "docs/api.md", None),
        ("docs/specification/pricing.md 4.8: 15,000,000.00 UZS", "docs/specification/pricing.md", "4.8"),
    ],
)
def test_citations_are_recognised(text: str, page: str, sections: str | None) -> None:
    found = CITATION.search(text)
    assert found is not None
    assert (found[1], found[2]) == (page, sections)


@pytest.mark.parametrize("text", ["(reference/temporal.md 5)", "of seeds/003", "(design 4)", "decisions of design 6"])
def test_citations_of_outside_notes_are_recognised(text: str) -> None:
    assert OUTSIDE.search(text)
