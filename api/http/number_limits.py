"""The limits of numbers in the OpenAPI document.

Pydantic writes the limits of a field that also has a validator of its own under its own names, which readers of the
document ignore.
"""

from typing import Any

_NAMES = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def name_limits(node: Any) -> None:
    """Give the limits in all schemas below the node the names of JSON Schema."""
    if isinstance(node, list):
        for each in node:
            name_limits(each)
    elif isinstance(node, dict):
        if node.get("type") in ("integer", "number"):
            for name in _NAMES.keys() & node.keys():
                node[_NAMES[name]] = node.pop(name)
        for each in node.values():
            name_limits(each)
