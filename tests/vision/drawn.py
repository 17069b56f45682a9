"""Faces drawn in code; see `assay.vision.drawn`."""

from __future__ import annotations

from assay.vision.drawn import drawn_face, placed

__all__ = ["drawn_face", "placed"]
