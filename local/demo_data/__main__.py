"""`python -m local.demo_data`: fills a ClickHouse server with the demo company."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import clickhouse_connect
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from local.demo_data import CONTRACTS, FEWEST, TablesInUse, load

LONGEST_STEP_SECONDS = 600


def main(
    dsn: Annotated[str, typer.Option(help="the ClickHouse to fill")] = "http://default:@127.0.0.1:8123/default",
    size: Annotated[int, typer.Option(help="how many worklogs", min=FEWEST)] = 20_000,
    seed: Annotated[int, typer.Option(help="the seed of the generated data", min=0)] = 7,
    contracts: Annotated[int, typer.Option(help="how many contracts", min=len(CONTRACTS))] = len(CONTRACTS),
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="by default today in Tashkent")] = None,
) -> None:
    day = (today or datetime.now(ZoneInfo("Asia/Tashkent"))).date()
    console = Console()
    client = clickhouse_connect.get_client(dsn=dsn, send_receive_timeout=LONGEST_STEP_SECONDS)
    columns = (TextColumn("Worklogs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("worklogs", total=size)
            summary = load(
                client,
                size=size,
                seed=seed,
                today=day,
                contracts=contracts,
                progress=lambda rows: bar.advance(task, rows),
            )
            bar.update(task, completed=size)
    except TablesInUse as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from error
    finally:
        client.close()
    state = "Loaded" if summary.loaded else "Already loaded:"
    console.print(
        f"{state} {summary.contracts:,} contracts, {summary.worklogs:,} worklogs, {summary.issues:,} issues. "
        f"The month to bill: {summary.period_start} to {summary.period_end}."
    )


if __name__ == "__main__":
    typer.run(main)
