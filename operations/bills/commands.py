"""The names, options and help of `aktum bills`.

As in `cli.py`, each command imports the module that does its work when it is called.
"""

from pathlib import Path
from typing import Annotated

import typer

bills_app = typer.Typer(no_args_is_help=True, help="Import, watch and list bills of cloud vendors.")

Api = Annotated[str | None, typer.Option("--api", metavar="URL", help="The address of Aktum's API; else AKTUM_URL.")]
Account = Annotated[str | None, typer.Option(help="Our name of the account that pays; else the one in the file.")]
Wait = Annotated[int, typer.Option(metavar="SECONDS", min=1, help="How long to wait for a file.")]


@bills_app.command("import")
def bills_import(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON or Parquet, also in gzip.")],
    api: Api = None,
    account: Account = None,
    provider: Annotated[str | None, typer.Option(help="The provider, where the file does not name it.")] = None,
    invoice_id: Annotated[str | None, typer.Option(help="The provider's invoice id, where the file lacks it.")] = None,
    number: Annotated[str | None, typer.Option(help="The printed number of the invoice.")] = None,
    currency: Annotated[str | None, typer.Option(help="The currency, where the file has none.")] = None,
    issued_at: Annotated[str | None, typer.Option(metavar="MOMENT", help="Such as 2026-05-01T00:00:00Z.")] = None,
    tax_total: Annotated[str | None, typer.Option(metavar="AMOUNT", help="The tax, where the file has no tax.")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="The month, where the file lacks it.")] = None,
    wait: Wait = 600,
) -> None:
    """Import files of bills, and print each bill with its total and what does not fit.

    AKTUM_TOKEN holds your API key (`aktum key add`, role editor) or the token of a login. A file that was imported
    before changes nothing. Exit code 0 if every bill is there and adds up, 3 if some need a person, 1 if nothing could
    be imported.

    Examples: `aktum bills import bill.csv`, `aktum bills import --account main *.parquet`.
    """
    from operations.bills import importing

    given = {
        "account": account,
        "provider": provider,
        "provider_invoice_id": invoice_id,
        "number": number,
        "currency": currency,
        "issued_at": issued_at,
        "tax_total": tax_total,
        "month": month,
    }
    importing.import_files(api, files, {name: value for name, value in given.items() if value is not None}, wait)


@bills_app.command("watch")
def bills_watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; folders in it are not looked at.")],
    api: Api = None,
    account: Account = None,
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="How often to look.")] = 5.0,
    wait: Wait = 600,
) -> None:
    """Import each new file of a folder, until Ctrl-C.

    A file is imported when it has not changed between two looks, once for each content. Nothing in the folder is
    moved or marked.
    """
    from operations.bills import watching

    watching.watch(api, folder, {"account": account} if account else {}, every, wait)


@bills_app.command("list")
def bills_list(
    api: Api = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Only bills of this month.")] = None,
    account: Annotated[str | None, typer.Option(help="Only bills of this account.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only bills of this provider.")] = None,
    state: Annotated[str | None, typer.Option(help="Only with this state at finance, such as held or failed.")] = None,
) -> None:
    """List bills, the newest first. Exit code 3 if one does not add up, or finance has refused it."""
    from operations.bills import listing

    given = {"month": month, "account": account, "provider": provider, "push_state": state}
    listing.list_bills(api, {name: value for name, value in given.items() if value is not None})


@bills_app.command("fetch")
def bills_fetch(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")],
    account: Annotated[
        str | None, typer.Option(help="The account of AKTUM_DIGITALOCEAN__ACCOUNT; by default all.")
    ] = None,
) -> None:
    """Start to fetch the bills of a month from the API of DigitalOcean. The monthly schedule does the same."""
    from operations.bills import fetching

    fetching.fetch(month, account)
