"""Access logs of web servers: the common and combined formats (Apache, nginx), and the W3C extended format (IIS), whose header
names its fields. Fields come out under Sigma's names for `webserver`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

Flat = dict[str, Any]
_COMBINED = re.compile(
    r"(\S{1,255}) \S{1,255} (\S{1,255}) \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r"\"((?:[^\"\\]|\\.)*)\" (\d{3}) (\d{1,20}|-)(?: \"((?:[^\"\\]|\\.)*)\" \"((?:[^\"\\]|\\.)*)\")?"
)
_REQUEST = re.compile(r"([A-Z]{2,20}) (\S+)(?: HTTP/[\d.]{1,5})?", re.DOTALL)
W3C = "#Fields: "
_W3C_NAMES = {
    "cs(User-Agent)": "cs-user-agent",
    "cs(Referer)": "cs-referer",
    "cs(Host)": "cs-host",
    "cs(Cookie)": "cs-cookie",
}


def access_record(text: str) -> Flat | None:
    """A line of an access log as a record; None where it is none."""
    found = _COMBINED.match(text)
    if not found:
        return None
    client, user, time, request, status, size, referer, agent = found.groups()
    flat: Flat = {"c-ip": client, "src_ip": client, "sc-status": status, "message": text, "_category": "webserver"}
    flat |= {
        name: value for name, value in (("cs-username", user), ("sc-bytes", size), ("cs-referer", referer), ("cs-user-agent", agent))
        if value not in (None, "-")
    }  # fmt: skip
    with suppress(ValueError):  # no such day
        flat["timestamp"] = datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z").isoformat()
    if asked := _REQUEST.match(request):
        method, address = asked.groups()
        stem, _, query = address.partition("?")
        flat |= {
            "cs-method": method,
            "cs-uri": address,
            "c-uri": address,
            "cs-uri-stem": stem,
            "cs-uri-query": query or address,
        }
    return flat


class Fields:
    """The columns that a W3C log's header names, and lines read by them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def header(self, text: str) -> bool:
        """Is it a header line? The fields of the lines after it are then known."""
        if text.startswith(W3C):
            self.names = text[len(W3C) :].split()[:200]
        return text.startswith(("#Fields:", "#Software:", "#Version:", "#Date:", "#Remark:", "#Start-Date:"))

    def record(self, text: str) -> Flat | None:
        """A line under the header as a record; None where there is no header, or it has another number of columns."""
        values = text.split(" ")
        if not self.names or len(values) != len(self.names):
            return None
        flat = dict(self._named(values))
        if "date" in flat and "time" in flat:
            flat["timestamp"] = f"{flat['date']}T{flat['time']}+00:00"
        if "cs-uri-stem" in flat:
            flat["_category"] = "webserver"
            query = flat.get("cs-uri-query")
            flat["c-uri"] = flat["cs-uri"] = flat["cs-uri-stem"] + (f"?{query}" if query else "")
        if "c-ip" in flat:
            flat["src_ip"] = flat["c-ip"]
        return flat | {"message": text}

    def _named(self, values: list[str]) -> Iterator[tuple[str, str]]:
        for name, value in zip(self.names, values, strict=True):
            if value not in ("-", ""):
                # IIS writes blanks of these as plus signs.
                yield _W3C_NAMES.get(name, name), value.replace("+", " ") if name.startswith("cs(") else value


__all__ = ["W3C", "Fields", "access_record"]
