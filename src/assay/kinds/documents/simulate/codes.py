"""Codes printed on papers: QR codes that ask for a payment (EPC069-12), PDF417 on driver licences, drawn as modules."""

from __future__ import annotations

import numpy as np


def epc(name: str, iban: str, bic: str, minor: int, reference: str) -> str:
    """A SEPA credit transfer as EPC069-12 writes it, version 002."""
    lines = ["BCD", "002", "1", "SCT", bic, name, iban, f"EUR{minor // 100}.{minor % 100:02d}", "", "", reference]
    return "\n".join(lines)


def modules(payload: str, symbology: str) -> np.ndarray:
    """uint8[rows, columns, 3], one pixel a module, with its quiet zone."""
    import zxingcpp

    barcode = zxingcpp.create_barcode(payload, getattr(zxingcpp.BarcodeFormat, symbology))
    drawn = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=True))
    return np.repeat(drawn[:, :, None], 3, axis=2)
