"""Exact sliding-window features per entity. Rooms declare `Feature`s; the engine runs `Profiles` over them.

`Profiles` brings in numba and is loaded when first asked for, so that declaring features costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.profiles.spec import Feature, Stat, windows

if TYPE_CHECKING:
    from assay.profiles.profiles import Profiles

__all__ = ["Feature", "Profiles", "Stat", "windows"]


def __getattr__(name: str) -> Any:
    if name == "Profiles":
        from assay.profiles.profiles import Profiles

        return Profiles
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
