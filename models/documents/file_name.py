"""The file name of a document."""


def file_name(number: str) -> str:
    """Return the name under which a document of any kind is archived and downloaded.

    Archive keys end in it, so it must not change (docs/specification/documents.md 4.1).
    """
    return f"Act_{number}.pdf"
