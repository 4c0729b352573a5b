"""The numbers of invoices, taken from the issuer's number series."""
