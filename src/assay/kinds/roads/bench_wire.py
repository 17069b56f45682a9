"""Speed of what comes over the air."""

from typing import Any


def wire(*, short: bool = False) -> dict[str, Any]:
    return {}
