"""The resource key of each cost line, in SQL, for the statements that group the lines of a bill.

The rule is docs/specification/bills.md 8.1. A key is shortened where it would not fit into an index.
"""

from typing import Final

# `name (size)` at the end of a description, as in `zenit-nodo-do (s-1vcpu-2gb)`.
_DESCRIBED: Final = r"'^(.+) [(]([^()]+)[)]$'"
_LONGEST: Final = 600

# The lines of one version without its tax lines. Parameters: bill_id, version.
KEYED: Final = f"""
    keyed AS (
        SELECT lines.*,
            CASE WHEN length(whole.key) <= {_LONGEST} THEN whole.key
                ELSE left(whole.key, {_LONGEST}) || '#' || md5(whole.key) END AS resource_key,
            known.kind, known.id AS known_id, known.name AS known_name, known.size AS known_size,
            coalesce(lines.service_name, '') AS service,
            coalesce(
                nullif(lines.project_name, ''), nullif(lines.sub_account_name, ''), nullif(lines.sub_account_id, '')
            ) AS project
        FROM vendor_bill_lines AS lines
        CROSS JOIN LATERAL (
            SELECT regexp_match(lines.description, {_DESCRIBED}) AS parts
        ) AS described
        CROSS JOIN LATERAL (
            SELECT nullif(lines.resource_id, '') AS id,
                coalesce(nullif(lines.resource_name, ''), described.parts[1]) AS name,
                CASE WHEN coalesce(lines.resource_name, '') IN ('', described.parts[1])
                    THEN described.parts[2] END AS size,
                CASE WHEN coalesce(lines.resource_id, '') <> '' THEN 'id'
                    WHEN coalesce(nullif(lines.resource_name, ''), described.parts[1]) IS NOT NULL THEN 'name'
                    ELSE 'text' END AS kind
        ) AS known
        CROSS JOIN LATERAL (
            SELECT known.kind || ':' || CASE known.kind
                WHEN 'id' THEN known.id
                WHEN 'name' THEN known.name || coalesce(' (' || known.size || ')', '')
                ELSE coalesce(lines.service_name, '') || ': ' || lines.description END AS key
        ) AS whole
        WHERE lines.bill_id = :bill_id AND lines.version = :version AND lines.charge_category <> 'Tax'
    )
"""  # noqa: S608 (no input)
