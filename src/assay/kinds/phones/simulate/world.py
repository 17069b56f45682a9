"""`assay simulate phone`: phones of every sort as files, each with the truth about it."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.phones.simulate import android, sysdiagnose
from assay.kinds.phones.simulate.attacks import SHAPES, attack
from assay.kinds.phones.simulate.backup import contents
from assay.kinds.phones.simulate.life import life
from assay.kinds.phones.simulate.phone import Phone
from assay.kinds.phones.simulate.settings import BUILD
from assay.kinds.phones.simulate.upheavals import UPHEAVALS

FORMS = ("backup", "locked", "sysdiagnose", "bugreport", "androidqf")
PASSWORD = "made up"  # noqa: S105 - of made-up backups, so that anybody can open them


def simulate(
    seed: int = 1, size: int = 12, form: str = "all", sparse: float = 0.15, compromised: float = 0.5
) -> Iterator[dict[str, Any]]:
    """`size` phones; `form` one of `FORMS`, or all of them in turn; `sparse` and `compromised` are shares. Every dict is a file with its
    truth: what happened on it, and what the implant called itself. Encrypted backups open with "made up"."""
    if form not in ("all", *FORMS):
        raise InvalidSetting(f"{form!r} is no form", where="form", hint="all, " + ", ".join(FORMS))
    for number in range(size):
        rng = random.Random(f"{seed} {number}")  # noqa: S311
        this = form if form != "all" else FORMS[number % len(FORMS)]
        infected = rng.random() < compromised
        if this in ("bugreport", "androidqf"):
            yield _android(number, this, rng, infected)
        else:
            yield _iphone(number, this, rng, infected, rng.random() < sparse)


def _android(number: int, form: str, rng: random.Random, infected: bool) -> dict[str, Any]:
    sort = rng.choice(("trojan", "spyware") if infected else ("quiet", "quiet", "tinkered"))
    phone = android.droid(rng.randrange(10**9), sort)
    content = (android.bugreport if form == "bugreport" else android.androidqf)(phone)
    return _row(f"phone-{number:04d}-{form}.zip", content, infected, form, sort, f"Android {phone.version}", "")


def _iphone(number: int, form: str, rng: random.Random, infected: bool, sparse: bool) -> dict[str, Any]:
    phone, told = life(rng.randrange(10**9), BUILD, busy=0.08 if sparse else 1.0), "sparse" if sparse else "quiet"

    def moment() -> int:
        return int(phone.start + (phone.end - phone.start) * rng.uniform(0.15, 0.93))

    if rng.random() < 0.4:
        told = rng.choice(list(UPHEAVALS))
        UPHEAVALS[told](phone, moment(), rng)
    name = ""
    if infected:
        shape = rng.choice(list(SHAPES.values()))
        name, told = attack(phone, moment(), rng, shape), f"{told}, {shape.name}"
    if form == "sysdiagnose":
        return _row(
            f"phone-{number:04d}-sysdiagnose.tar.gz",
            sysdiagnose.write(phone),
            infected,
            form,
            told,
            f"iOS {phone.version}",
            name,
        )
    content = zipped(phone, PASSWORD if form == "locked" else None)
    return _row(f"phone-{number:04d}-{form}.zip", content, infected, form, told, f"iOS {phone.version}", name)


def zipped(phone: Phone, password: str | None = None) -> bytes:
    """A backup's folder as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if password else zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents(phone, password.encode() if password else None):
            archive.writestr(f"backup/{name}", content)
    return out.getvalue()


def _row(file: str, content: bytes, infected: bool, form: str, told: str, system: str, name: str) -> dict[str, Any]:
    label = "compromised" if infected else "genuine"
    return {
        "file": file,
        "content": content,
        "label": label,
        "form": form,
        "life": told,
        "system": system,
        "implant": name,
    }


__all__ = ["FORMS", "PASSWORD", "simulate", "zipped"]
