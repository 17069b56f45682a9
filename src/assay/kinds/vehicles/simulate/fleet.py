"""A town of cars by day: what their cloud was asked, what was paid for them, and journeys that an insurer was sent.

Files come out day by day: `events-NNN.csv` and `payments-NNN.csv` (each with its labels and when they became known), and
`journey-NNN-CAR.trip` with its truth in `labels.csv`. Everything of a day is drawn from random numbers of its own, so that the same
seed gives the same bytes, and memory holds one day. Labels come late: banks and insurers need weeks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.clock import DAY, HOUR, MINUTE, iso
from assay.core.errors import InvalidSetting
from assay.kinds.vehicles.simulate.sensors import Recorder, drive
from assay.kinds.vehicles.trips.spoof import KINDS
from assay.kinds.vehicles.trips.track import Track, pack

SCENARIOS = (
    "cloned-card", "jerrycan", "padded-energy", "cloned-tag", "taken-over", "cloned-plate", "two-policies", "forged-journey",
)  # fmt: skip
_AT_A_STOP = ("jerrycan", "padded-energy", "cloned-tag")
_FITTING = {  # by whether the car is electric
    False: [s for s in SCENARIOS if s not in ("padded-energy", "cloned-tag")],
    True: [s for s in SCENARIOS if s not in ("jerrycan", "cloned-card")],
}
_EVENT = (
    "id", "time", "action", "vehicle", "customer", "device", "token", "card", "station", "session", "policy", "latitude", "longitude",
    "refused", "version", "odometer", "charge", "capacity", "tank", "rated", "kwh", "litres", "meter", "label", "label_time",
)  # fmt: skip
_PAYMENT = (
    "id", "time", "amount", "currency", "customer", "card", "vehicle", "merchant", "channel", "merchant_category", "country",
    "latitude", "longitude", "label", "label_time",
)  # fmt: skip
_TOWN = (50.0, 8.0)  # no driver's: a round place
_LITRE, _KWH, _TOLL = 1.75, 0.55, 4.5  # euros
_PER_KM = 1.0 / 111.2  # degrees of latitude


@dataclass
class Car:
    """One car, its holder, and how it stands at the day's end."""

    number: int
    electric: bool
    recorder: Recorder
    home: np.ndarray  # km east and north of the town
    at: np.ndarray
    odometer: float
    store: float  # litres or kWh left
    size: float
    thirst: float  # a kilometre
    names: dict[str, str] = field(default_factory=dict)


def simulate(
    seed: int = 7,
    *,
    days: int = 30,
    size: int = 12,
    start: str = "2026-01-05",
    fraud_rate: float = 0.04,
    journeys: float = 0.15,
    minutes: float = 12.0,
) -> Iterator[dict[str, Any]]:
    """`size` cars over `days`. `fraud_rate`: fraud a car and day; `journeys`: recorded journeys a car and day, `minutes` long. Raises
    `InvalidSetting` for what no town has."""
    if not (
        1 <= size <= 10_000
        and 1 <= days <= 3660
        and 0 <= fraud_rate <= 1
        and 0 <= journeys <= 10
        and 1 <= minutes <= 120
    ):
        raise InvalidSetting(
            "a fleet needs one car and one day at least, a fraud rate up to 1, journeys of 1 to 120 minutes"
        )
    first = int(np.datetime64(start, "D").astype(int)) * DAY
    town = _Town(np.random.default_rng([seed, 0]), size)
    for day in range(days):
        yield from _day(
            np.random.default_rng([seed, 1, day]), town, day, first + day * DAY, fraud_rate, journeys, minutes
        )


class _Town:
    """Cars, pumps, chargers and gates; places in km."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self.pumps, self.chargers, self.gates = (rng.uniform(-15, 15, (n, 2)) for n in (6, 8, 3))
        self.cars = [_car(rng, i) for i in range(size)]
        self.meters = np.zeros(8)
        self.sessions = 0
        self.events = self.payments = 0


def _car(rng: np.random.Generator, i: int) -> Car:
    electric = bool(i % 3 == 2)
    home = rng.uniform(-10, 10, 2)
    size = float(rng.choice([52.0, 64.0, 77.0]) if electric else rng.choice([42.0, 50.0, 60.0]))
    holder = i // 2 if i % 5 == 4 else i  # some households have two cars
    names = {
        "vehicle": f"v-{i:04d}", "customer": f"c-{holder:04d}", "device": f"d-{holder:04d}", "token": f"tag-{i:04d}",
        "card": f"card-{holder:04d}", "policy": f"pol-{i:04d}",
    }  # fmt: skip
    thirst = rng.uniform(0.15, 0.2) if electric else rng.uniform(0.055, 0.08)
    return Car(
        i,
        electric,
        Recorder.draw(rng),
        home,
        home.copy(),
        float(rng.uniform(5e3, 9e4)),
        size * 0.7,
        size,
        float(thirst),
        names,
    )


class _Ledger:
    """One day's rows."""

    def __init__(self, town: _Town) -> None:
        self.town = town
        self.events: list[dict[str, Any]] = []
        self.payments: list[dict[str, Any]] = []

    def event(
        self, car: Car, time: int, action: str, place: np.ndarray | None = None, label: int = 0, **more: Any
    ) -> None:
        who = {k: car.names[k] for k in ("vehicle", "customer")}
        row = {**who, **_placed(place), **more, "action": action, "time": time, "label": label}
        self.events.append({k: v for k, v in row.items() if v is not None})

    def pay(
        self, car: Car, time: int, amount: float, merchant: str, category: str, place: np.ndarray, label: int = 0
    ) -> None:
        self.payments.append({
            **{k: car.names[k] for k in ("vehicle", "customer", "card")}, **_placed(place), "time": time, "amount": f"{amount:.2f}",
            "currency": "EUR", "merchant": merchant, "merchant_category": category, "channel": "card-present", "country": "DE",
            "label": label,
        })  # fmt: skip


def _placed(place: np.ndarray | None) -> dict[str, float]:
    if place is None:
        return {}
    latitude = _TOWN[0] + float(place[1]) * _PER_KM
    return {
        "latitude": round(latitude, 5),
        "longitude": round(_TOWN[1] + float(place[0]) * _PER_KM / np.cos(np.radians(_TOWN[0])), 5),
    }


def _day(
    rng: np.random.Generator, town: _Town, day: int, midnight: int, fraud_rate: float, journeys: float, minutes: float
) -> Iterator[dict[str, Any]]:
    ledger = _Ledger(town)
    records = []
    for car in town.cars:
        if day == 0:
            for action in ("own", "insure", "pair", "login"):
                ledger.event(
                    car,
                    midnight + int(rng.integers(0, HOUR)),
                    action,
                    device=car.names["device"],
                    policy=car.names["policy"] if action == "insure" else None,
                )
        scenario = str(rng.choice(_FITTING[car.electric])) if rng.random() < fraud_rate and day >= 8 else ""
        _driven(rng, ledger, car, midnight, scenario)
        if rng.random() < journeys or scenario == "forged-journey":
            records.append(_journey(rng, car, day, midnight, minutes, scenario == "forged-journey"))
    _metered(town, ledger.events)
    yield _table(ledger.events, _EVENT, f"events-{day:03d}.csv", "e", town, rng)
    if ledger.payments:
        yield _table(ledger.payments, _PAYMENT, f"payments-{day:03d}.csv", "p", town, rng)
    yield from records


def _metered(town: _Town, events: list[dict[str, Any]]) -> None:
    """What the stations' meters stood at, in the order of the day."""
    for row in sorted((row for row in events if "rated" in row), key=lambda row: row["time"]):
        at = int(row["station"].rpartition("-")[2])
        town.meters[at] += 1000 * row.get("kwh", 0.0)
        row["meter"] = round(town.meters[at])


def _driven(rng: np.random.Generator, ledger: _Ledger, car: Car, midnight: int, scenario: str) -> None:
    """One car's day: out in the morning, an errand or two, home in the evening."""
    clock = midnight + int(rng.uniform(6.5, 9.0) * HOUR)
    if rng.random() < 0.3:
        ledger.event(car, clock - 5 * MINUTE, "login", device=car.names["device"])
        ledger.event(car, clock - 4 * MINUTE, "unlock", car.at, device=car.names["device"])
    for stop in range(int(rng.integers(1, 4)) + 1):
        last = stop == 0
        goal = rng.uniform(-15, 15, 2) if not last else car.at + rng.normal(0, 2, 2)
        clock = _go(rng, ledger, car, clock, goal)
        if rng.random() < 0.15:
            gate = int(rng.integers(len(ledger.town.gates)))
            clock = _go(rng, ledger, car, clock, ledger.town.gates[gate])
            ledger.event(car, clock + MINUTE, "toll", car.at, station=f"gate-{gate}", token=car.names["token"])
            ledger.pay(car, clock + MINUTE, _TOLL, f"gate-{gate}", "4784", car.at)
        at_stop = scenario in _AT_A_STOP
        if car.store < 0.35 * car.size or at_stop:
            clock = _filled(rng, ledger, car, clock, scenario)
            scenario = "" if at_stop else scenario
        clock += int(rng.uniform(0.5, 2.5) * HOUR)
    clock = _go(rng, ledger, car, clock, car.home)
    if scenario:
        _fraud(rng, ledger, car, clock, scenario)


def _go(rng: np.random.Generator, ledger: _Ledger, car: Car, clock: int, goal: np.ndarray) -> int:
    """Drive there at 25 to 50 km/h as the crow flies; the car tells where it is every three minutes."""
    way = goal - car.at
    km = float(np.hypot(*way))
    steps = max(1, int(np.ceil(km / rng.uniform(1.2, 2.5))))
    for k in range(1, steps + 1):
        at = car.at + way * k / steps
        level = max(0.0, car.store - 1.3 * km * k / steps * car.thirst)
        charge = round(100 * level / car.size) if car.electric else None
        ledger.event(
            car,
            clock + k * 3 * MINUTE,
            "position",
            at,
            odometer=round(car.odometer + 1.3 * km * k / steps, 1),
            charge=charge,
        )
    car.at, car.odometer = goal.copy(), car.odometer + 1.3 * km
    car.store = max(0.02 * car.size, car.store - 1.3 * km * car.thirst)
    return clock + steps * 3 * MINUTE


def _filled(rng: np.random.Generator, ledger: _Ledger, car: Car, clock: int, scenario: str) -> int:
    town = ledger.town
    if not car.electric:
        pump = int(np.argmin(np.hypot(*(town.pumps - car.at).T)))
        clock = _go(rng, ledger, car, clock, town.pumps[pump])
        label = int(scenario == "jerrycan")
        litres = car.size - car.store + (float(rng.uniform(0.4, 1.2)) * car.size + 8 if label else 0.0)
        ledger.event(
            car, clock + 4 * MINUTE, "fuel", car.at, label, station=f"pump-{pump}", card=car.names["card"], litres=round(litres, 2),
            tank=car.size, odometer=round(car.odometer, 1),
        )  # fmt: skip
        ledger.pay(car, clock + 5 * MINUTE, litres * _LITRE, f"pump-{pump}", "5541", car.at, label)
        car.store = car.size
        return clock + 6 * MINUTE
    place = int(np.argmin(np.hypot(*(town.chargers - car.at).T)))
    clock = _go(rng, ledger, car, clock, town.chargers[place])
    town.sessions += 1
    before = round(100 * car.store / car.size)
    taken = max(0.15 * car.size, 0.8 * car.size - car.store)
    after = min(1.0, (car.store + taken) / car.size)
    hours = taken / rng.uniform(35, 48)
    common: dict[str, Any] = {
        "station": f"charger-{place}",
        "session": f"s-{town.sessions}",
        "token": car.names["token"],
        "card": car.names["card"],
        "rated": 50.0,
        "capacity": car.size,
    }
    ledger.event(car, clock + MINUTE, "charge-start", car.at, charge=before, **common)
    if scenario == "cloned-tag":
        other = (place + 3) % len(town.chargers)
        town.sessions += 1
        ledger.event(
            car, clock + 8 * MINUTE, "charge-start", town.chargers[other], 1,
            **{**common, "station": f"charger-{other}", "session": f"s-{town.sessions}", "capacity": None},
        )  # fmt: skip
        ledger.pay(car, clock + 50 * MINUTE, 30 * _KWH, f"charger-{other}", "5552", town.chargers[other], 1)
    billed = taken * 1.08 * (float(rng.uniform(1.8, 2.5)) if scenario == "padded-energy" else 1.0)
    done = clock + int(hours * HOUR) + MINUTE
    ledger.event(
        car, done, "charge-stop", car.at, int(scenario == "padded-energy"), kwh=round(billed, 2),
        charge=round(100 * after), **common,
    )  # fmt: skip
    ledger.pay(car, done + MINUTE, billed * _KWH, f"charger-{place}", "5552", car.at, int(scenario == "padded-energy"))
    car.store = after * car.size
    return done


def _fraud(rng: np.random.Generator, ledger: _Ledger, car: Car, clock: int, scenario: str) -> None:
    """What others do while the car stands at home, or its holder from there."""
    when = clock + int(rng.uniform(5, 40) * MINUTE)
    if scenario == "cloned-card":
        away = car.at + rng.choice([-1, 1], 2) * rng.uniform(60, 140, 2)
        ledger.event(car, when, "fuel", away, 1, station="pump-far", card=car.names["card"], litres=30.0, tank=car.size)
        ledger.pay(car, when + MINUTE, 30 * _LITRE, "pump-far", "5541", away, 1)
    elif scenario == "cloned-plate":
        away = car.at + rng.choice([-1, 1], 2) * rng.uniform(80, 200, 2)
        ledger.event(car, when, "toll", away, 1, station="gate-far", token=car.names["token"])
        ledger.pay(car, when, 12.0, "gate-far", "4784", away, 1)
    elif scenario == "taken-over":
        device = f"x-{rng.integers(1 << 30):08x}"
        for k, action in enumerate(("login", "unlock", "start")):
            ledger.event(car, when + k * MINUTE, action, None, 1, device=device)
    elif scenario == "two-policies":
        ledger.event(car, when, "insure", None, 1, policy=f"pol-x{rng.integers(1 << 20):05x}")


def _journey(
    rng: np.random.Generator, car: Car, day: int, midnight: int, minutes: float, forged: bool
) -> dict[str, Any]:
    """A recorded journey as an insurer gets it; a forged one tells speeds and places of its own, and no speed of the car's."""
    east, north = car.home
    start = (_TOWN[0] + float(north) * _PER_KM, _TOWN[1] + float(east) * _PER_KM / float(np.cos(np.radians(_TOWN[0]))))
    track = drive(rng, minutes * 60, car.recorder, start)
    label = "genuine"
    if forged:
        label = str(rng.choice(list(KINDS)))
        track = KINDS[label](Track(track.gnss, track.imu), rng)
    known = midnight + int(rng.uniform(15, 60) * DAY)
    return {
        "file": f"journey-{day:03d}-{car.number:04d}.trip", "label": label, "vehicle": car.names["vehicle"], "customer": car.names["customer"],
        "policy": car.names["policy"], "time": iso(midnight + 8 * HOUR), "label_time": iso(known), "content": pack(track),
    }  # fmt: skip


def _table(
    rows: list[dict[str, Any]], names: tuple[str, ...], file: str, letter: str, town: _Town, rng: np.random.Generator
) -> dict[str, Any]:
    """Rows in order of time as CSV, numbered; truth becomes known after ten to forty-five days."""
    rows.sort(key=lambda row: row["time"])
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        count = town.events = town.events + 1
        known = row["time"] + int(rng.uniform(10, 45) * DAY)
        writer.writerow({**row, "id": f"{letter}-{count}", "time": iso(row["time"]), "label_time": iso(known)})
    frauds = sum(row["label"] for row in rows)
    return {
        "file": file, "label": "fraud" if frauds else "genuine", "vehicle": "", "customer": "", "policy": "",
        "time": iso(rows[0]["time"]) if rows else "", "label_time": "", "content": text.getvalue().encode(),
    }  # fmt: skip


__all__ = ["SCENARIOS", "simulate"]
