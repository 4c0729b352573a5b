"""The current details of a quote, which operators read in the Temporal Web UI."""

from models.quotes.quote.errors import restore_quote_command
from models.quotes.quote.quote import Quote


def current_details(quote: Quote, stopped: str | None = None) -> str:
    """Return the state of the quote, its effects and its notes as Markdown. Names of people are left out."""
    content = quote.content
    rows = [
        ("status", quote.status),
        ("number", quote.display_number or "none yet"),
        ("version", str(quote.version)),
        ("total", f"{content.totals.total_amount} {content.currency}"),
        ("valid until", f"{content.valid_until} ({content.issuer.zone})"),
        ("links", ", ".join(f"{each.number}{' (revoked)' if each.revoked else ''}" for each in quote.links) or "none"),
    ]
    if quote.conversion:
        written = "written" if quote.conversion.written else "being written"
        rows.append(("terms", f"{quote.conversion.application_key}, {written}"))
    way_back = f"`{restore_quote_command(quote.id)}` continues it from the recorded state."
    parts = [f"**Stopped.** {stopped} {way_back}"] if stopped else []
    parts.append("\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]))
    unfinished = [each for each in quote.effects if each.is_unfinished]
    if unfinished:
        lines = [f"- `{each.key}`: {each.state}{f', {each.error}' if each.error else ''}" for each in unfinished]
        parts.append("Effects:\n" + "\n".join(lines))
    if quote.notes:
        parts.append("Notes:\n" + "\n".join(f"- {note.at:%Y-%m-%d %H:%M} {note.text}" for note in quote.notes))
    return "\n\n".join(parts)
