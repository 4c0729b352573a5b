"""The hash chain of audit events."""
