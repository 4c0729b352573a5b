"""What the commands that check and restore workflows print, for invoices and quotes alike."""

from collections.abc import Callable, Sequence

import typer
from rich.table import Table
from rich.text import Text

from operations.connections import ATTENTION, console
from workflows.client.restore import Finding, Standing

WORDS = {
    Standing.GONE: "its workflow is gone",
    Standing.STOPPED: "it has stopped",
    Standing.BEHIND: "its workflow is behind the record",
    Standing.OTHER_HISTORY: "its workflow tells another history",
    Standing.AHEAD: "its workflow is ahead of the record",
    Standing.SILENT: "its workflow does not answer",
}


def tell(
    kind: str, findings: Sequence[Finding], count: int, restore_command: Callable[[str], str], *, has_worker: bool
) -> None:
    """Print what was found among `count` open records of the kind, such as `quote`; exit with 3 if a person is needed.

    `restore_command` returns the command that continues the record with an id.
    """
    if not has_worker:
        console.print("No worker polls, so workflows were not asked where they stand; start the worker.", style="red")
    if findings:
        console.print(_table(kind, findings, restore_command))
    console.print(f"{count} open {kind}s were checked; {len(findings)} need attention.")
    if findings or not has_worker:
        raise typer.Exit(ATTENTION)


def obstacle(finding: Finding) -> str:
    """Return why a workflow that runs is not replaced without `--replace`."""
    if finding.standing is Standing.AHEAD:
        return (
            f"the workflow is at revision {finding.revision}, and revision {finding.recorded.revision} is recorded. It "
            "saves in a moment; if PostgreSQL was restored from a backup, `aktum projection rebuild` saves it. "
            "`--replace` drops what is not recorded"
        )
    return (
        f"the workflow runs and does not answer ({finding.reason}). Check whether a worker runs; `--replace` replaces "
        "a workflow that is stuck"
    )


def _table(kind: str, findings: Sequence[Finding], restore_command: Callable[[str], str]) -> Table:
    names = (kind.capitalize(), "Status", "Recorded", "Workflow", "Finding", "Continue with")
    table = Table(*names, box=None, header_style="dim")
    for finding in findings:
        recorded = finding.recorded
        is_ahead = finding.standing is Standing.AHEAD
        command = "aktum projection rebuild" if is_ahead else restore_command(recorded.id)
        table.add_row(
            recorded.name,
            recorded.status,
            str(recorded.revision),
            "–" if finding.revision is None else str(finding.revision),
            WORDS[finding.standing],
            Text(command, no_wrap=True),
        )
    return table
