"""The names of the components, in the order of their start."""

STAGES: tuple[tuple[str, ...], ...] = (
    ("temporal", "postgres", "clickhouse", "object_store", "mailbox", "sandboxes", "signer", "gotenberg"),
    ("migrate",),
    ("seed",),
    ("worker", "api"),
)
NAMES = tuple(name for stage in STAGES for name in stage)
