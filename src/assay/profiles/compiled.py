"""How kernels are compiled. They work on arrays that the caller owns and allocate none, so reference counting (`_nrt`) is
off: a counted array costs two atomic operations each time it is handed to a function, most of the time of a small one.
"""

from __future__ import annotations

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
kernel: Any = njit(**_OPTIONS)
# For what stands in the loop over events: handing over the memory would cost more than the work.
inlined: Any = njit(**_OPTIONS, forceinline=True)
