"""Cameras that are programs, known by their labels (`cameras.toml`), and what a label and a browser say against each other."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

Sort = Literal["feeds", "relays", "tests"]
_FILE = Path(__file__).with_name("cameras.toml")
_ANDROID_LABEL = re.compile(r"^camera2? \d+, facing (front|back|external)$")
_FILM = re.compile(r"\.(mjpeg|y4m|mp4|webm|avi)$")  # browsers under test name such a camera after its file
_USB_LABEL = re.compile(
    r"\((?:0x)?[0-9a-f]{4}:(?:0x)?[0-9a-f]{4}\)$"
)  # as Chromium writes vendor and product on desktops


@cache
def known() -> dict[Sort, tuple[str, ...]]:
    """Sort -> fragments of labels, lower case."""
    table = tomllib.loads(_FILE.read_text("utf-8"))
    return {sort: tuple(table[sort]) for sort in ("feeds", "relays", "tests")}


def sort_of(label: str) -> Sort | None:
    """What sort of program this camera is, by its label; None for one that names no program known here."""
    text = " ".join(label.lower().split())
    if _FILM.search(text):
        return "tests"
    for sort, fragments in known().items():
        if any(re.search(rf"(?<![a-z0-9]){re.escape(fragment)}", text) for fragment in fragments):
            return sort
    return None


def system_of(agent: str) -> str:
    """iphone, android, desktop, or "" for what cannot be told, by a browser's user agent."""
    if re.search(r"iPhone|iPad|iPod", agent):
        return "iphone"
    if "Android" in agent:
        return "android"
    return "desktop" if re.search(r"Windows NT|Macintosh|X11; (Linux|CrOS|Ubuntu|Fedora)", agent) else ""


def contradicts(label: str, agent: str) -> bool:
    """Does the camera's label belong to another system than the browser's? Only where both are plain."""
    system, text = system_of(agent), label.strip().lower()
    if system in ("iphone", "android") and _USB_LABEL.search(text):
        return True
    return system in ("iphone", "desktop") and _ANDROID_LABEL.match(text) is not None


def headless(agent: str) -> bool:
    """Does the browser say that nobody sees its screen?"""
    return re.search(r"Headless|PhantomJS|SlimerJS", agent) is not None


def encodes(agent: str, media: str) -> bool:
    """Could this browser's canvas have made a picture of this type? Safari has no WebP encoder."""
    safari = "Safari/" in agent and "Chrome/" not in agent and "Chromium/" not in agent and "CriOS" not in agent
    return not (safari and media == "image/webp")
