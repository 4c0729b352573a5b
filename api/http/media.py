"""The media types of documents, and the policy under which a browser shows the page of one."""

PDF = "application/pdf"
HTML = "text/html"

# Under this policy a browser runs no script of the page and loads nothing from other servers.
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)
