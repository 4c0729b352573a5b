"""The checks of commands against an invoice that need a module of their own."""
