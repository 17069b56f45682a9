"""Where an iPhone's apps came from, as the backup's `Info.plist` says: each with the receipt of the store that installed it.

An app without a receipt, on a phone whose other apps have theirs, was put there by a developer's or a company's certificate, or by a
tool that needs none. Where no app has a receipt the list was stripped, and nothing is said of any.
"""

from __future__ import annotations

from typing import Any

from assay.kinds.phones.backup.database import plist

STORE, NOBODY = "com.apple.AppStore", "none"
MOST_APPS, MOST_RECEIPT = 10_000, 1 << 20


def origins_of(listed: object) -> dict[str, str]:
    """App -> what installed it: a store, or `NOBODY`; empty where the list does not say."""
    if not isinstance(listed, dict):
        return {}
    receipts = {str(name): _receipt(entry) for name, entry in list(listed.items())[:MOST_APPS]}
    if not any(receipts.values()):
        return {}
    return {name: str(told.get("sourceApp") or STORE)[:200] if told else NOBODY for name, told in receipts.items()}


def _receipt(entry: object) -> dict[str, Any]:
    """The store's own notes on an app; empty where there are none that are about an app."""
    raw = entry.get("iTunesMetadata") if isinstance(entry, dict) else None
    if not isinstance(raw, bytes) or len(raw) > MOST_RECEIPT:
        return {}
    try:
        told = plist(raw)
    except Exception:  # a broken receipt is none
        return {}
    return told if isinstance(told, dict) and told.get("softwareVersionBundleId") else {}


__all__ = ["NOBODY", "STORE", "origins_of"]
