"""The file name of a document."""


def file_name(number: str) -> str:
    """Of the document as it is kept and downloaded, of whatever kind. Archive keys end in it, so it stays as it is."""
    return f"Act_{number}.pdf"
