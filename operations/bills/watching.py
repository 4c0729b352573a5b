"""`aktum bills watch`: imports each new file of a folder, until Ctrl-C. It moves and marks nothing.

A file counts as complete when its size and its time of change were the same at two looks. The API knows a file by its
content, so a file that was imported before this start changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.text import Text

from operations.api.bills import BillsApi
from operations.api.client import ApiUnavailable
from operations.bills.importing import Imported, connected, import_one, print_result
from operations.connections import console

# Of files that are being written by a browser or a copy.
UNFINISHED = (".part", ".crdownload", ".tmp", ".partial")
Look = tuple[int, int]


@dataclass
class Folder:
    """The files of a folder between looks: those that were seen, and those that are done."""

    path: Path
    seen: dict[Path, Look] = field(default_factory=dict)
    done: dict[Path, Look] = field(default_factory=dict)

    def complete(self) -> list[Path]:
        """Look at the folder, and return the new files that have not changed since the look before."""
        now = dict(self._look())
        found = [path for path, look in now.items() if self.seen.get(path) == look and self.done.get(path) != look]
        self.seen = now
        return sorted(found)

    def finish(self, path: Path) -> None:
        """Import this state of the file no more."""
        self.done[path] = self.seen[path]

    def _look(self) -> Iterable[tuple[Path, Look]]:
        for path in self.path.iterdir():
            if path.name.startswith((".", "~")) or path.suffix.lower() in UNFINISHED or not path.is_file():
                continue
            found = path.stat()
            if found.st_size:
                yield path, (found.st_size, found.st_mtime_ns)


def watch(api: str | None, folder: Path, hints: Mapping[str, str], every: float, wait: int) -> None:
    """Watch the folder until Ctrl-C, then say what was done."""
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="DIR")
    counts: Counter[str] = Counter()
    console.print(f"Watching {folder}; Ctrl-C ends it.")
    try:
        asyncio.run(_watch(api, Folder(folder), hints, every, wait, counts))
    except KeyboardInterrupt:
        said = ", ".join(f"{count} {name}" for name, count in counts.items()) or "no file"
        console.print(f"\nStopped. Since the start: {said}.")


async def _watch(
    api: str | None, folder: Folder, hints: Mapping[str, str], every: float, wait: int, counts: Counter[str]
) -> None:
    async with connected(api) as client:
        while True:
            await look(client, folder, hints, wait, counts)
            await asyncio.sleep(every)


async def look(api: BillsApi, folder: Folder, hints: Mapping[str, str], wait: int, counts: Counter[str]) -> None:
    """Import the files that are complete. A file stays for the next look while the API does not answer."""
    try:
        complete = folder.complete()
    except OSError as error:
        console.print(Text(f"The folder cannot be read: {error}", "red"))
        return
    for path in complete:
        try:
            await api.ping()
        except ApiUnavailable as error:
            console.print(Text(f"Aktum does not answer, {path.name} waits: {error}", "yellow"))
            return
        result = await import_one(api, path, hints, wait)
        folder.finish(path)
        print_result(result)
        counts[outcome_of(result)] += 1


def outcome_of(result: Imported) -> str:
    """Return the outcome of a file in words for the sum at the end."""
    if result.problem:
        return "refused"
    return "known before" if result.already_read else "imported"
