"""OCPP-J logs to events: one JSON a line, the frame itself (`[2, "id", "Action", {…}]`) or an object that holds it beside a time and a
station. Version 1.6 whole as far as money and limits go, of 2.0.1 `TransactionEvent`, `Authorize` and `SetChargingProfile`.

Calls are told; of results only what they say of the call before them (accepted or not, the number of a transaction).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from assay.core.clock import micros
from assay.kinds.vehicles.cloud.evidence import VehicleEvent

MOST_WAITING = 10_000  # calls whose result has not come, and charges under way
_TIMES = ("time", "timestamp", "ts", "@timestamp", "date")
_STATIONS = ("station", "chargepoint", "charge_point", "chargePointId", "cpid", "cp", "evse", "identity", "client")
_FRAMES = ("message", "frame", "payload", "msg", "ocpp", "data")
_TAG = re.compile(r"[\x00-\x1f]")
_ACTIONS = {
    "Authorize": "authorise", "StartTransaction": "charge-start", "StopTransaction": "charge-stop", "MeterValues": "charge-meter",
    "SetChargingProfile": "charge-limit", "Heartbeat": "heartbeat", "BootNotification": "boot", "TransactionEvent": "",
    "RemoteStartTransaction": "charge-limit", "UpdateFirmware": "offer",
}  # fmt: skip


class Frame(NamedTuple):
    """`type` 2 a call, 3 its result; of results `action` is empty."""

    time: int
    station: str
    type: int
    id: str
    action: str
    payload: dict[str, Any]


def frame_of(plain: Any) -> Frame | None:
    """None for what is no frame. Raises `ValueError` for one without a time of any kind."""
    time, station, raw = 0, "", plain
    if isinstance(plain, dict):
        raw = next((plain[k] for k in _FRAMES if k in plain), None)
        if isinstance(raw, str) and len(raw) < 1 << 20:
            try:
                raw = msgspec.json.decode(raw)
            except msgspec.DecodeError:
                return None
        station = str(next((plain[k] for k in _STATIONS if plain.get(k)), ""))
        told = next((plain[k] for k in _TIMES if k in plain), None)
        time = _moment(told) if told is not None else 0
    if not (isinstance(raw, list) and len(raw) >= 3 and raw[0] in (2, 3) and isinstance(raw[1], str)):
        return None
    action = str(raw[2])[:64] if raw[0] == 2 else ""
    payload = raw[3] if raw[0] == 2 and len(raw) > 3 else raw[2]
    payload = payload if isinstance(payload, dict) else {}
    if not time:
        time = _moment(payload.get("timestamp")) if payload.get("timestamp") else 0
    return Frame(time, _TAG.sub("", station)[:128], int(raw[0]), raw[1][:64], action, payload)


def _moment(value: Any) -> int:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e17:
        return round(value * (1e6 if abs(value) < 1e11 else 1e3 if abs(value) < 1e14 else 1))
    if isinstance(value, str) and len(value) <= 40:
        return micros(datetime.fromisoformat(value.replace("Z", "+00:00")))
    raise ValueError("time: cannot be read")


class Charges:
    """Frames in order to events. Remembers, within bounds, which charge is under way and what waits for its answer."""

    def __init__(self, name: str) -> None:
        self.name, self.number, self.last = name, 0, 0
        self._waiting: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
        self._running: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()

    def add(self, frame: Frame) -> Iterator[VehicleEvent]:
        """What this frame tells; a start or an authorisation is told when its answer comes, or at the end."""
        self.last = frame.time or self.last
        key = (frame.station, frame.id)
        if frame.type == 3:
            asked = self._waiting.pop(key, None)
            if asked is not None:
                yield from self._answered(asked, frame.payload)
            return
        if frame.action not in _ACTIONS or not self.last:
            return
        for fields in _told(frame):
            fields |= {"time": self.last, "station": frame.station or None}
            if fields["action"] in ("authorise", "charge-start") and "session" not in fields:
                self._waiting[key] = fields
                if len(self._waiting) > MOST_WAITING:
                    yield from self._answered(self._waiting.popitem(last=False)[1], {})
            else:
                yield from self._event(fields)

    def rest(self) -> Iterator[VehicleEvent]:
        """What never got an answer."""
        for fields in self._waiting.values():
            yield from self._answered(fields, {})
        self._waiting.clear()

    def _answered(self, fields: dict[str, Any], payload: dict[str, Any]) -> Iterator[VehicleEvent]:
        info = payload.get("idTagInfo") or payload.get("idTokenInfo") or {}
        status = str(info.get("status", "Accepted")) if isinstance(info, dict) else "Accepted"
        fields["refused"] = status not in ("Accepted", "ConcurrentTx")
        if payload.get("transactionId") is not None:
            fields["session"] = _text(payload["transactionId"])
        yield from self._event(fields)

    def _event(self, fields: dict[str, Any]) -> Iterator[VehicleEvent]:
        session = fields.get("session")
        station = fields.get("station") or ""
        if session:
            # Numbers of transactions are the station's own: two stations' first charges are not one.
            fields["session"] = f"{station}/{session}"[:128]
            running = self._running.get((station, session))
            if fields["action"] == "charge-start":
                self._running[(station, session)] = {
                    k: fields.get(k) for k in ("meter", "token", "vehicle", "connector")
                }
                if len(self._running) > MOST_WAITING:
                    self._running.popitem(last=False)
            elif running:
                fields.setdefault("token", running["token"])
                fields.setdefault("connector", running["connector"])
                if fields["action"] == "charge-stop":
                    begun, ended = running["meter"], fields.get("meter")
                    if begun is not None and ended is not None and ended >= begun:
                        fields["kwh"] = (ended - begun) / 1000
                    self._running.pop((station, session), None)
        self.number += 1
        time = fields.pop("time")
        plain = {k: v for k, v in fields.items() if v is not None}
        yield msgspec.convert(
            {"kind": "vehicle-event", "id": f"{self.name}:{self.number}", "time": _aware(time), **plain},
            VehicleEvent,
            strict=False,
        )


def _aware(time: int) -> datetime:
    from assay.core.clock import moment

    return moment(time)


def _told(frame: Frame) -> Iterator[dict[str, Any]]:
    """The fields that a call says."""
    p, action = frame.payload, _ACTIONS[frame.action]
    if frame.action == "TransactionEvent":
        action = {"Started": "charge-start", "Ended": "charge-stop"}.get(str(p.get("eventType")), "charge-meter")
    fields: dict[str, Any] = {"action": action}
    token = (
        p.get("idTag") or (p.get("idToken") or {}).get("idToken")
        if isinstance(p.get("idToken", {}), (dict, str))
        else None
    )
    if isinstance(p.get("idToken"), str):
        token = p["idToken"]
    if token:
        fields["token"] = _text(token)
    connector = p.get("connectorId")
    if connector is None and isinstance(p.get("evse"), dict):
        connector = p["evse"].get("id")
    if isinstance(connector, int) and 0 < connector < 1000:
        fields["connector"] = f"{frame.station}/{connector}"[-128:]
    session = p.get("transactionId")
    if session is None and isinstance(p.get("transactionInfo"), dict):
        session = p["transactionInfo"].get("transactionId")
    if session is not None:
        fields["session"] = _text(session)
    for name in ("meterStart", "meterStop"):
        if _number(p.get(name)) is not None:
            fields["meter"] = _number(p[name])
    fields |= _metered(p)
    profile = p.get("csChargingProfiles") or p.get("chargingProfile")
    if action == "charge-limit":
        limit = _limit(profile)
        if limit is None:
            return
        fields["limit"] = limit
    if frame.action == "UpdateFirmware":
        fields["version"] = re.sub(r"[^0-9.]", "", str(p.get("location", "")).rsplit("/", 1)[-1])[:32].strip(".")
    yield fields


def _metered(payload: dict[str, Any]) -> dict[str, float]:
    """Energy in Wh and the battery's per cent, the last of each that is told."""
    found: dict[str, float] = {}
    values = payload.get("meterValue") or payload.get("transactionData") or []
    for one in values[:1000] if isinstance(values, list) else []:
        sampled = one.get("sampledValue") if isinstance(one, dict) else None
        for sample in sampled[:100] if isinstance(sampled, list) else []:
            if not isinstance(sample, dict):
                continue
            number = _number(sample.get("value"))
            what = sample.get("measurand", "Energy.Active.Import.Register")
            if number is None or sample.get("phase"):
                continue
            if what == "Energy.Active.Import.Register":
                unit = sample.get("unit") or (sample.get("unitOfMeasure") or {}).get("unit", "Wh")
                found["meter"] = number * (1000 if unit == "kWh" else 1)
            elif what == "SoC" and 0 <= number <= 100:
                found["charge"] = number
    return found


def _limit(profile: Any) -> float | None:
    """The highest limit of a schedule in A; of one in W that of so many phases at 230 V (three where it does not say)."""
    schedule = profile.get("chargingSchedule") if isinstance(profile, dict) else None
    if isinstance(schedule, list):
        schedule = schedule[0] if schedule else None
    if not isinstance(schedule, dict):
        return None
    periods, watts = schedule.get("chargingSchedulePeriod"), schedule.get("chargingRateUnit") == "W"
    limits = []
    for period in periods[:1000] if isinstance(periods, list) else []:
        limit = _number(period.get("limit")) if isinstance(period, dict) else None
        if limit is not None:
            phases = _number(period.get("numberPhases")) or 3.0
            limits.append(limit / (230.0 * phases) if watts else limit)
    return max(limits, default=None)


def _number(value: Any) -> float | None:
    if isinstance(value, str) and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9:
        return float(value)
    return None


def _text(value: Any) -> str:
    return _TAG.sub("", str(value))[:100] or "?"


__all__ = ["Charges", "Frame", "frame_of"]
