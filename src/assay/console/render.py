"""Templates and words into a response: the Jinja environment, the language and theme of a request, and the headers that
let a page load nothing but our own files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
import msgspec
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assay.console import charts, graph, marks, views
from assay.console.source import Person
from assay.core.clock import duration_text, iso, moment, now
from assay.core.decision import OUTCOMES
from assay.core.entity import Entity
from assay.core.finding import Reason
from assay.core.words import LANGUAGES, catalogue, negotiate, say, translated

HERE = Path(__file__).parent
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
THEMES = ("auto", "light", "dark")
BASE = "/console"
"""Where the pages stand; sign-in and our own files stand beside it, since they need no session."""
YEAR = 365 * 86_400
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TAGS = {"en": "en", "zh": "zh-Hans"}
NAMES = {"en": "English", "zh": "中文"}


class StaticFile(msgspec.Struct, frozen=True):
    """One of our own files, held in memory; `version` changes with its content, so browsers may keep it for ever."""

    body: bytes
    media: str
    version: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """The stylesheet, the script and the mark, by name."""
    found = {}
    for path in sorted((HERE / "static").iterdir()):
        if path.suffix in TYPES:
            body = path.read_bytes()
            found[path.name] = StaticFile(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])
    return found


@cache
def environment() -> jinja2.Environment:
    """Our templates under their names; a room's page as `room:<evidence tag>`. Everything is escaped by default."""
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(HERE / "templates"), jinja2.FunctionLoader(_room_page)]),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    env.filters |= {"when": when, "day": day, "clock": clock, "percent": charts.percent, "short": charts.short}
    env.filters |= {
        "number": number,
        "clip": graph.clip,
        "entity_url": entity_url,
        "iso": iso,
        "duration": duration_text,
    }
    env.filters |= {"pretty": pretty, "anchor": anchor}
    env.globals |= {
        "OUTCOMES": OUTCOMES, "charts": charts, "marks": marks, "icon": charts.icon, "graph": graph, "static": static_url,
        "LANGUAGES": {code: NAMES.get(code, code) for code in LANGUAGES}, "TAGS": TAGS, "decision_url": decision_url,
        "BASE": BASE, "told": views.told,
    }  # fmt: skip
    return env


def _room_page(name: str) -> str | None:
    if not name.startswith("room:"):
        return None
    tag = name.removeprefix("room:")
    room = views.room_of(tag)
    path = room.page if room and room.page else HERE / "templates" / "evidence.html"
    if path.is_dir():  # a page for each type of evidence
        path = path / f"{tag}.html"
        path = path if path.is_file() else HERE / "templates" / "evidence.html"
    return path.read_text("utf-8")


def render(request: Request, template: str, person: Person | None, status: int = 200, **values: Any) -> Response:
    """A whole page, in the reader's language and theme."""
    words = language(request)
    context: dict[str, Any] = {
        "lang": words,
        "t": partial(_console_word, words),
        "say": lambda key, **v: say(key, words, **v),
        "tell": partial(tell, words),
        "wrong": lambda text: translated(text, words),
        "has_word": lambda key: key in catalogue("en"),
        "kind_name": lambda tag: word_or(f"console.kind.{tag}", tag, words),
        "entity_name": lambda kind: entity_word(kind, words),
        "field_name": lambda name: field_word(name, words),
        "tactic_name": lambda name: word_or(f"console.tactic.{name or 'none'}", name, words),
        "figure_name": lambda name: word_or(f"console.figure.{name}", name.replace("_", " "), words),
        "reason": lambda r: reason_text(r, words),
        "marks_of": lambda found, **at: marks.marks_of(found, partial(reason_text, words=words), **at),
        "picture": lambda d, name: picture_url(d.id, name),
        "view": {},
        "feature": lambda m: feature_text(m, words),
        "reading": reading,
        "theme": theme(request),
        "person": person,
        "today": day(now()),
        "path": request.url.path,
        "query_with": lambda **changes: query_with(request, changes),
    }
    context |= values
    context["room"] = cache(lambda tag: Room(tag, context))
    html = environment().get_template(template).render(context)
    headers = HEADERS | {"Content-Language": TAGS.get(words, words), "Vary": "Accept-Language, Cookie"}
    response = HTMLResponse(html, status_code=status, headers=headers)
    for name, allowed in (("lang", LANGUAGES), ("theme", THEMES)):
        chosen = request.query_params.get(name, "")
        if chosen in allowed:
            response.set_cookie(f"assay_{name}", chosen, max_age=YEAR, samesite="lax")
    return response


class Room:
    """A room's page at work. A plain page shows one piece of evidence from `evidence` and `decision`; one with a macro
    `card` may also define `line` (for lists), `story` (a sentence) and `measure` (the field an entity's chart draws).
    What a page lacks, the general one in `evidence.html` does.
    """

    def __init__(self, tag: str, context: Mapping[str, Any]) -> None:
        env = environment()
        room = views.room_of(tag)
        self.policy = f"{BASE}/policy" + (f"?{urlencode({'room': room.name})}" if room else "")
        self._context = context
        self._own = env.get_template(f"room:{tag}")
        self._plain = "card" not in _macros(tag)
        self._said = None if self._plain else self._own.make_module(dict(context))
        self._general = env.get_template("evidence.html").make_module(dict(context))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._said, name, None) or getattr(self._general, name)

    def card(self, evidence: Mapping[str, Any], decision: Any) -> Markup:
        if self._said is not None:
            return Markup(self._said.card(evidence, decision))  # type: ignore[attr-defined]  # noqa: S704 - escaped there
        shown = self._own.render(self._context, evidence=evidence, decision=decision)
        return Markup(shown)  # noqa: S704 - escaped there


@cache
def _macros(tag: str) -> frozenset[str]:
    """The macros that a room's page defines."""
    parsed = environment().parse(_room_page(f"room:{tag}") or "")
    return frozenset(macro.name for macro in parsed.find_all(jinja2.nodes.Macro))


def language(request: Request) -> str:
    """The reader's choice (`?lang=`, then remembered by a cookie), else what the browser asks for."""
    chosen = request.query_params.get("lang") or request.cookies.get("assay_lang", "")
    return chosen if chosen in LANGUAGES else negotiate(request.headers.get("accept-language", ""))


def theme(request: Request) -> str:
    """The reader's choice (`?theme=`, then remembered by a cookie); `auto` follows the system."""
    chosen = request.query_params.get("theme") or request.cookies.get("assay_theme", "")
    return chosen if chosen in THEMES else "auto"


def _console_word(words: str, key: str, /, **values: Any) -> str:
    return say(f"console.{key}", words, **values)


def tell(words: str, key: str, /, **values: Any) -> Markup:
    """Our own sentence as markup: texts among its values are escaped, where they are no markup themselves."""
    safe = {name: escape(value) if isinstance(value, str) else value for name, value in values.items()}
    return Markup(say(key, words, **safe))  # noqa: S704


def reason_text(reason: Reason, words: str) -> str:
    """The sentence of a reason; a code without a sentence is shown as it is."""
    return say(reason.code, words, **reason.values)


def feature_text(measure: views.Measure, words: str) -> str:
    """What a profile number says of its entity: a room's own words for it, else made from its declaration, else its key."""
    feature = measure.feature
    if (own := f"feature.{measure.name}") in catalogue("en"):
        return say(own, words)
    if feature is None:
        return measure.name
    of = field_word(feature.of, words)
    if feature.stat == "distinct":
        of = word_or(f"console.plural.{feature.of}", of, words)
    text = say(f"console.stat.{feature.stat}", words, of=of)
    if feature.where:
        text += say("console.stat-where", words, where=field_word(feature.where, words))
    if feature.window:
        text += say("console.stat-window", words, window=feature.window)
    if feature.delay:
        text += say("console.stat-delay", words, delay=feature.delay)
    if feature.at:
        text += say(
            "console.stat-at", words, at=entity_word(feature.at, words), entity=entity_word(feature.entity, words)
        )
    return text


def entity_word(kind: str, words: str) -> str:
    """A kind of entity, a pair of them (`customer+payee`), or the first that is there (`customer|card`)."""
    parts = (word_or(f"console.entity.name.{part}", part.replace("|", " / "), words) for part in kind.split("+"))
    return " + ".join(parts)


def field_word(name: str, words: str) -> str:
    return word_or(f"console.field.{name}", name.replace("_", " ").replace("|", " / "), words)


SECONDS = ("time_since", "age", "fraud_run_age", "since_fraud")


def reading(measure: views.Measure, value: float) -> str:
    """A profile number in its unit: a span of time, a share, or a plain number."""
    stat = measure.feature.stat if measure.feature else ""
    if stat in SECONDS:
        return span(value)
    return charts.percent(value) if stat == "fraud_rate" else charts.short(value)


def span(seconds: float) -> str:
    """Seconds as the one unit that fits.

    >>> span(40), span(5400), span(2_592_000)
    ('40 s', '1.5 h', '30 d')
    """
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{charts.short(seconds / size)} {unit}"
    return f"{charts.short(seconds)} s"


def word_or(key: str, otherwise: str, words: str) -> str:
    """The catalogue's word, or what to show where it has none: names that operators chose themselves."""
    return say(key, words) if key in catalogue("en") else otherwise


_TIME = Markup('<time datetime="{}" title="{} UTC">{}</time>')


def when(us: int) -> Markup:
    """A moment to the second, UTC, machine-readable too."""
    return _time(us, "%Y-%m-%d %H:%M:%S")


def clock(us: int) -> Markup:
    """The time of day of a moment; the date shows on hovering."""
    return _time(us, "%H:%M:%S")


def day(us: int) -> Markup:
    """The date of a moment."""
    return Markup('<time datetime="{0}">{0}</time>').format(f"{moment(us):%Y-%m-%d}")


def _time(us: int, shape: str) -> Markup:
    at = moment(us)
    return _TIME.format(iso(us), f"{at:%Y-%m-%d %H:%M:%S}", at.strftime(shape))


def number(value: float, places: int | None = None) -> str:
    """A number in full, with thousands separated.

    >>> number(1234567), number(1234.5, 2), number(0.25)
    ('1,234,567', '1,234.50', '0.25')
    """
    if places is not None:
        return f"{value:,.{places}f}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.2f}"


def pretty(value: Any) -> Markup:
    """A record as indented JSON text."""
    return escape(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def anchor(name: str) -> str:
    """A rule's name as part of an id.

    >>> anchor("card testing")
    'card-testing'
    """
    return re.sub(r"[^\w.-]+", "-", name)


def entity_url(entity: Entity) -> str:
    return f"{BASE}/entities/{quote(entity.kind, safe='')}/{quote(entity.id, safe='')}"


def decision_url(id_: str) -> str:
    return f"{BASE}/decisions/{quote(id_, safe='')}"


def picture_url(id_: str, name: str) -> str:
    """Where the console serves the picture that a room's page calls `name`."""
    return f"{BASE}/pictures/{quote(name, safe='')}/{quote(id_, safe='')}"


def static_url(name: str) -> str:
    return f"/static/{name}?v={static_files()[name].version}"


def query_with(request: Request, changes: Mapping[str, Any]) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
    pairs += [(k, str(v)) for k, v in changes.items() if v is not None]
    return "?" + urlencode(pairs)
