"""How kernels are compiled, and how their compiled form is kept from one run to the next.

They work on arrays that the caller owns and allocate none, so reference counting (`_nrt`) is off: a counted array costs
two atomic operations each time it is handed to a function, most of the time of a small one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def _stamp() -> str:
    """Changes when any source of this package does."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_STAMP = _stamp()


def kernel(function: Callable[..., Any]) -> Any:
    """A compiled function."""
    return _kept(njit(**_OPTIONS)(function))


def inlined(function: Callable[..., Any]) -> Any:
    """For what stands in the loop over events: handing over the memory would cost more than the work."""
    return _kept(njit(**_OPTIONS, forceinline=True)(function))


def _kept(dispatcher: Any) -> Any:
    # numba watches only the file that a kernel stands in, and would go on using the old compiled form of one whose
    # callees in another file have changed.
    dispatcher._cache._cache_file._source_stamp = _STAMP
    return dispatcher
