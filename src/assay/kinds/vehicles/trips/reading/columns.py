"""Columns by the names that recorders give them, to the streams of a `Track`: units guessed from names and from the motion
itself. Shared by tables and JSON."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.formats.guess import plain_name
from assay.kinds.vehicles.trips.motion import metres
from assay.kinds.vehicles.trips.track import GNSS, IMU, LONGEST, MOST_FIXES, MOST_SAYS, MOST_SHAKES, SAID, Track, stream

# Our column -> names, as `plain_name` writes them; the first that is there.
KNOWN: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "t", "ts", "utctime", "gpstime", "epoch", "datetime", "seconds", "times", "elapsedtime", "timestamps",
             "recordedat", "unixtime", "时间"),
    "latitude": ("latitude", "lat", "gpslatitude", "gpslat", "positionlat", "latdeg", "gnsslatitude", "纬度"),
    "longitude": ("longitude", "lon", "lng", "long", "gpslongitude", "gpslon", "gpslng", "positionlong", "londeg", "gnsslongitude", "经度"),
    "altitude": ("altitude", "alt", "ele", "elevation", "gpsaltitude", "height"),
    "speed": ("gpsspeed", "gnssspeed", "speed", "speedms", "speedmps", "speedkmh", "speedkph", "speedmph", "gpsspeedkmh", "gpsspeedms",
              "gpsspeedmps", "groundspeed", "speedoverground", "velocity", "vel", "速度"),
    "course": ("course", "heading", "bearing", "gpsheading", "gpscourse", "courseoverground", "track", "cog", "direction", "azimuth"),
    "accuracy": ("accuracy", "hacc", "horizontalaccuracy", "positionaccuracy", "gpsaccuracy"),
    "satellites": ("satellites", "sats", "numsatellites", "satellitecount"),
    "ax": ("ax", "accx", "accelx", "accelerationx", "accelerometerx", "xaccel", "linearaccelerationx", "imuax"),
    "ay": ("ay", "accy", "accely", "accelerationy", "accelerometery", "yaccel", "linearaccelerationy", "imuay"),
    "az": ("az", "accz", "accelz", "accelerationz", "accelerometerz", "zaccel", "linearaccelerationz", "imuaz"),
    "gx": ("gx", "gyrox", "gyrx", "gyroscopex", "angularratex", "angularvelocityx", "rotationratex", "wx", "imugx"),
    "gy": ("gy", "gyroy", "gyry", "gyroscopey", "angularratey", "angularvelocityy", "rotationratey", "wy", "imugy"),
    "gz": ("gz", "gyroz", "gyrz", "gyroscopez", "angularratez", "angularvelocityz", "rotationratez", "wz", "imugz"),
    "said.speed": ("obdspeed", "vehiclespeed", "obdspeedkmh", "canspeed", "wheelspeed", "speedobd", "speedometer", "vehiclespeedkmh",
                   "obdvehiclespeed"),
    "said.odometer": ("odometer", "odometerkm", "odo", "mileage", "totaldistance", "odometerreading", "里程"),
    "said.rpm": ("rpm", "enginespeed", "enginerpm", "obdrpm"),
    "said.fuel": ("fuel", "fuellevel", "fuellevelpercent", "tanklevel"),
    "said.charge": ("soc", "stateofcharge", "batterylevel", "batterysoc", "charge"),
}  # fmt: skip
_SPEEDS = {
    "kmh": 1 / 3.6,
    "kph": 1 / 3.6,
    "mph": 0.44704,
    "mps": 1.0,
    "ms": 1.0,
    "knots": 1852 / 3600,
    "kn": 1852 / 3600,
}
_UNITS = (1.0, 1 / 3.6, 0.44704, 1852 / 3600)
_GRAVITY = 9.80665


def match(names: list[str]) -> dict[str, str]:
    """Our column -> theirs, for those that are known."""
    plain = {plain_name(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for ours, known in KNOWN.items():
        theirs = next((plain[k] for k in known if k in plain and plain[k] not in found.values()), None)
        if theirs is not None:
            found[ours] = theirs
    return found


def is_journey(names: list[str]) -> bool:
    """A time, a place, and something that moves: what no list of payments or of shops has."""
    found = match(names)
    moves = {"speed", "course", "altitude", "ax", "gx", "said.speed", "accuracy"}
    return {"time", "latitude", "longitude"} <= found.keys() and bool(moves & found.keys())


def track_of(columns: Mapping[str, np.ndarray], theirs: Mapping[str, str], seconds: np.ndarray) -> Track:
    """`columns` float64[n] by our names; `theirs` what they were called; `seconds` float64[n] since the first. Rows may hold one
    stream each (recorders write as things come). Raises `ValueError` for a journey longer than a week or places off Earth."""
    if len(seconds) and np.nanmax(seconds) - np.nanmin(seconds) > LONGEST:
        raise ValueError("the journey is longer than a week")
    gnss = {k: v for k, v in columns.items() if k in GNSS}
    if "latitude" in gnss and "longitude" in gnss:
        placed = np.isfinite(gnss["latitude"]) & np.isfinite(gnss["longitude"])
        placed &= (np.abs(gnss["latitude"]) <= 90) & (np.abs(gnss["longitude"]) <= 180)
        placed &= (gnss["latitude"] != 0) | (gnss["longitude"] != 0)  # what receivers say without a fix
        gnss = _rows(gnss | {"time": seconds}, placed)
        if "speed" in gnss:
            gnss["speed"] = gnss["speed"] * _speed_unit(gnss, theirs.get("speed", ""))
        if (
            "course" in gnss
            and len(gnss["course"])
            and np.nanmax(np.abs(gnss["course"]), initial=0) <= 2 * np.pi + 0.01
        ):
            gnss["course"] = np.degrees(gnss["course"])
    else:
        gnss = {}
    imu = {k: v for k, v in columns.items() if k in IMU}
    if set(IMU[1:]) <= imu.keys():
        imu = _rows(imu | {"time": seconds}, np.all([np.isfinite(imu[k]) for k in IMU[1:]], axis=0))
        imu = _in_our_units(imu)
    else:
        imu = {}
    said = {k[5:]: v for k, v in columns.items() if k.startswith("said.")}
    if said:
        said = _rows(said | {"time": seconds}, np.any([np.isfinite(v) for v in said.values()], axis=0))
        if "speed" in said:
            name = plain_name(theirs.get("said.speed", ""))
            said["speed"] = said["speed"] * next((f for u, f in _SPEEDS.items() if name.endswith(u)), 1 / 3.6)
    return Track(stream(gnss, GNSS, MOST_FIXES), stream(imu, IMU, MOST_SHAKES), stream(said, SAID, MOST_SAYS))


def _rows(columns: Mapping[str, np.ndarray], kept: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values[kept] for name, values in columns.items()}


def _speed_unit(gnss: Mapping[str, np.ndarray], name: str) -> float:
    """Metres a second in the table's unit: by its name, else by what the places say."""
    plain = plain_name(name)
    for unit, factor in _SPEEDS.items():
        if plain.endswith(unit) and plain != unit:
            return factor
    order = np.argsort(gnss["time"], kind="stable")
    t, v = gnss["time"][order], gnss["speed"][order]
    x, y = metres(gnss["latitude"][order], gnss["longitude"][order]) if len(t) else (t, t)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.hypot(np.diff(x), np.diff(y)) / np.diff(t)
        known = np.isfinite(moved) & (moved > 3) & (moved < 80) & np.isfinite(v[1:]) & (v[1:] > 0)
    if known.sum() < 10:
        return 1.0
    factor = float(np.median(moved[known] / v[1:][known]))
    nearest = min(_UNITS, key=lambda unit: abs(np.log(unit / factor)))
    # A trip whose every speed is a share of what its places say must stay one.
    return nearest if abs(np.log(nearest / factor)) < 0.12 else 1.0


def _in_our_units(imu: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Specific force in g becomes m/s2, turning in radians degrees: gravity tells the one, the other its size."""
    size = np.median(np.sqrt(imu["ax"] ** 2 + imu["ay"] ** 2 + imu["az"] ** 2)) if len(imu["ax"]) else np.nan
    if 0.8 < size < 1.2:
        imu |= {k: imu[k] * _GRAVITY for k in ("ax", "ay", "az")}
    around = np.quantile(np.abs(np.stack([imu["gx"], imu["gy"], imu["gz"]])), 0.999) if len(imu["gx"]) else np.nan
    if around < 2.0:  # a car that turns reaches twenty degrees a second, or a third of a radian
        imu |= {k: np.degrees(imu[k]) for k in ("gx", "gy", "gz")}
    return imu


__all__ = ["is_journey", "match", "track_of"]
