"""The terminal output of the stack: one line for each component while it starts, then the addresses and users."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.stack.component import ComponentFailed
from local.stack.port_allocation import HOST
from local.stack.stages import NAMES
from local.stack.supervisor import Progress

MARKS = {
    "healthy": ("✔", "green"),
    "done": ("✔", "green"),
    "external": ("↗", "cyan"),
    "skipped": ("–", "dim"),
    "stopped": ("■", "dim"),
    "failed": ("✘", "red"),
    "restarting": ("↻", "yellow"),
}
BUSY = ("starting", "stopping")


class Board:
    """The progress of the components: a live table in a terminal, else (and after `freeze`) a line for each change."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: dict[str, Progress] = {}
        self._live: Live | None = None

    def __enter__(self) -> "Board":
        if self._console.is_terminal:
            self._live = Live(console=self._console, get_renderable=self._render, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.freeze()

    def freeze(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def show(self, progress: Progress) -> None:
        known = self._lines.get(progress.name)
        self._lines[progress.name] = progress
        if self._live is None and (known is None or (known.state, known.detail) != (progress.state, progress.detail)):
            self._console.print(_line(progress))

    def _render(self) -> RenderableType:
        shown = Table.grid(padding=(0, 1))
        for name in sorted(self._lines, key=NAMES.index):
            progress = self._lines[name]
            mark = Spinner("dots") if progress.state in BUSY else Text(*MARKS[progress.state])
            seconds = f"{progress.seconds:.1f} s" if progress.seconds else ""
            shown.add_row(mark, name, progress.state, Text(seconds, "dim"), Text(progress.detail, "dim"))
        return shown


def _line(progress: Progress) -> Text:
    mark, style = MARKS.get(progress.state, ("…", "dim"))
    seconds = f" {progress.seconds:.1f} s" if progress.seconds >= 0.1 else ""
    detail = f"  {progress.detail}" if progress.detail else ""
    return Text.assemble((mark, style), f" {progress.name:<13}{progress.state}", (seconds, "dim"), (detail, "dim"))


def addresses(described: Mapping[str, Any], console: Console) -> RenderableType:
    """Return the tables of addresses and users that are printed after a start.

    The passwords are shown on a terminal only, so that they do not get into a log file.
    """
    urls = Table.grid(padding=(0, 2))

    def show(title: str, component: str, url: str | None) -> None:
        state = (
            "external"
            if component in described["external"]
            else ""
            if component in described["pids"]
            else "not started"
        )
        urls.add_row(title, url or "", Text(state, "dim"))

    show("Desk", "api", described["api"] + "/")
    show("API docs", "api", described["api"] + "/docs")
    show("Temporal Web UI", "temporal", described["web_ui"])
    show("Mailbox", "mailbox", described["mailbox"])
    show("Sandboxes", "sandboxes", _sandbox_pages(described))
    for name, url in described["sandboxes"].items():
        show(f"Sandbox {name}", "sandboxes", url)
    show("Sandbox of E-IMZO", "signer", described["signer"])
    show("Page of E-IMZO", "signer", described["signer_page"])
    show("Object store", "object_store", f"{described['s3']['url']}/{described['s3']['bucket']}")
    users = Table.grid(padding=(0, 2))
    for user in described["users"]:
        password = user["password"] if console.is_terminal else "(in stack.json)"
        users.add_row(user["username"], password, Text(user["role"], "dim"))
    return Group(Panel(urls, title="Addresses", title_align="left"), Panel(users, title="Users", title_align="left"))


def _sandbox_pages(described: Mapping[str, Any]) -> str | None:
    """Return the address of the index of the sandboxes' pages; None if every vendor is external."""
    return None if "sandboxes" in described["external"] else f"http://{HOST}:{described['ports']['sandboxes']}/"


def failure(error: ComponentFailed) -> RenderableType:
    """Return a panel with the component, the reason and the end of its log."""
    text = Text.assemble((f"{error.name} ", "bold"), error.reason)
    if not error.log:
        return Panel(text, title="The stack did not start", title_align="left", border_style="red")
    log = Text("\n\n" + error.log, "dim")
    return Panel(Group(text, log), title="The stack did not start", title_align="left", border_style="red")
