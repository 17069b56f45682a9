"""Links as they are built, honest and not, from rules written down by hand: no address of a real lure is in here.

`genuine_link(rng)` and `lure_link(rng, brand)` give one address each with the name of the rule it was made by. Structure
follows what is published of phishing addresses (Oest et al., "Sunrise to Sunset", 2020; APWG trend reports).
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Sequence

import numpy as np

from assay.kinds.messages.simulate import vocabulary as v
from assay.kinds.messages.simulate.local import domains

Rng = np.random.Generator
_COUNTRY = {"en": ("com", "com", "com", "co.uk", "org", "net", "com.au", "ca", "us", "biz", "info", "io"), "de": ("de", "de", "de", "at", "ch", "com"), "fr": ("fr", "fr", "com", "be"), "es": ("es", "com", "com.mx", "com.ar"), "it": ("it", "it", "com"), "pt": ("com.br", "com.br", "pt")}  # fmt: skip
_ENDINGS = ("", "", "", "", "", ".html", ".html", ".php", ".htm", ".aspx", ".pdf", ".jsp")


def genuine_link(rng: Rng) -> tuple[str, str]:
    """(address, rule) of an honest page."""
    return _drawn(rng, _GENUINE)


def lure_link(rng: Rng, brand: str | None = None) -> tuple[str, str]:
    """(address, rule) of a page that wants a secret; of one that imitates `brand` where given."""
    rule, make = _choice(rng, _LURES)
    return make(rng, brand or _one(rng, v.IMITATED)), rule


def official_link(rng: Rng, domain: str) -> str:
    """A page of its own that a company sends its customers to."""
    tail = _one(rng, (
        "track/{ref}", "app", "help", "myaccount", "t/{code}", "offers", "contact", "orders/{ref}", "", "", "s/{code}", "tracking?id={ref}", "login", "bill/{code}",
        "your-orders", "account", "delivery/{ref}", "{code}",
    ))  # fmt: skip
    page = tail.format(ref=_token(rng, 10, string.ascii_uppercase + string.digits), code=_token(rng, 6))
    below = _one(rng, ("my.", "account.", "track.", "help.", "app.", "m.")) if _chance(rng, 0.15) else ""
    return f"{below}{domain}/{page}".rstrip("/")


def _drawn(rng: Rng, rules: Rules) -> tuple[str, str]:
    name, make = _choice(rng, rules)
    return make(rng), name


def _one(rng: Rng, of: Sequence[str]) -> str:
    return of[int(rng.integers(len(of)))]


def _token(rng: Rng, length: int, of: str = string.ascii_lowercase + string.digits) -> str:
    return "".join(_one(rng, of) for _ in range(length))


def _chance(rng: Rng, p: float) -> bool:
    return bool(rng.random() < p)


# -- honest ---------------------------------------------------------------------------------------------------------------


def _site(rng: Rng) -> tuple[str, str]:
    """(host, language) of a company, a club or a shop that nobody else has heard of."""
    language = _one(rng, ("en", "en", "en", "en", "de", "de", "fr", "es", "it", "pt"))
    name, stem, trade, place = (_one(rng, words) for words in (v.NAMES, v.STEMS, v.TRADES, v.PLACES))
    join = _one(rng, ("", "", "", "-"))
    kinds = (
        f"{name}{join}{trade}", f"{stem}{join}{trade}", f"{stem}{stem_two}" if (stem_two := _one(rng, v.STEMS)) != stem else stem,
        f"{name}-{name_two}" if (name_two := _one(rng, v.NAMES)) != name else name, f"{trade}-{place}", f"{place}{trade}",
        name + _one(rng, ("", "s", "co", "inc", "group", "bros")), _token(rng, int(rng.integers(3, 6)), string.ascii_lowercase),
        f"{stem}{join}{trade}{join}{place}", f"{_token(rng, 2, string.ascii_lowercase)}{trade}", f"the{stem}{trade}",
        f"{trade}{int(rng.integers(2, 100))}", f"{name}{join}{name[0]}{trade}", f"{stem}",
    )  # fmt: skip
    host = f"{_one(rng, kinds)}.{_one(rng, _COUNTRY[language])}"
    if _chance(rng, 0.08):
        host = _one(rng, ("shop", "blog", "m", "en", "news", "support", "jobs", "portal", "store", "forum", "mail")) + "." + host  # fmt: skip
    return host, language


def _slug(rng: Rng, least: int = 1, most: int = 6) -> str:
    return "-".join(_one(rng, v.TOPICS) for _ in range(int(rng.integers(least, most))))


def _page(rng: Rng, language: str) -> str:
    """The path of a page below a site's root; may be empty."""
    page = _one(rng, v.PAGES[language])
    if _chance(rng, 0.15):
        page = page.replace("-", _one(rng, ("_", "", "%20"))).title()
    shape = int(rng.integers(14))
    ending = _one(rng, _ENDINGS)
    if shape <= 1:
        return ""
    if shape <= 5:
        return f"/{page}{ending}"
    if shape == 6:
        return f"/{language}/{page}{ending}"
    if shape == 7:
        return f"/{page}/{_slug(rng)}{ending}"
    if shape == 8:
        year, month = int(rng.integers(2009, 2026)), int(rng.integers(1, 13))
        return f"/{_one(rng, ('blog/', '', 'news/'))}{year}/{month:02d}/{_slug(rng, 2, 8)}"
    if shape == 9:
        return f"/{_one(rng, ('category', 'tag', 'products', 'shop', 'product-category'))}/{_slug(rng, 1, 4)}"
    if shape == 10:
        return f"/{page}.{_one(rng, ('php', 'aspx', 'asp', 'cfm'))}?{_one(rng, ('id', 'page', 'p', 'cat', 'lang', 'item'))}={int(rng.integers(1, 900))}"
    if shape == 11:
        return "/" + _one(rng, (
            f"wp-content/uploads/{int(rng.integers(2010, 2026))}/{int(rng.integers(1, 13)):02d}/{_slug(rng, 1, 4)}.{_one(rng, ('jpg', 'png', 'pdf'))}",
            "wp-includes/wlwmanifest.xml", f"wp-json/wp/v2/pages/{int(rng.integers(2, 9000))}", "feed", "comments/feed", "favicon.ico",
f"wp-content/themes/{_one(rng, v.STEMS)}/style.css", f"assets/fonts/{_token(rng, 8)}.woff2",
            f"{_one(rng, ('images', 'img', 'themes/' + _one(rng, v.STEMS) + '/images', 'assets', 'static', 'wp-content/themes/' + _one(rng, v.STEMS) + '/img', 'application/themes/' + _token(rng, 5)))}/{_one(rng, ('logo', 'icon', 'close', 'facebook', 'email', _slug(rng, 1, 3)))}.{_one(rng, ('svg', 'png', 'gif', 'webp', 'jpg'))}",
            f"{_one(rng, ('js', 'css', 'dist', 'fonts', 'core/admin/fonts'))}/{_one(rng, ('main', 'app', 'modules', _token(rng, 6)))}.{_one(rng, ('js', 'css', 'ttf', 'woff2'))}",
            f"author/{_one(rng, ('admin', *v.NAMES[:9]))}", "xmlrpc.php?rsd", "index.php",
        ))  # fmt: skip
    if shape == 12:
        return f"/{_slug(rng, 1, 4)}/{_slug(rng, 1, 4)}/{_slug(rng, 1, 5)}{ending}"
    return f"/{_slug(rng, 1, 3)}"


def _own_site(rng: Rng) -> str:
    host, language = _site(rng)
    return f"{host}{_page(rng, language)}"


def _known_site(rng: Rng) -> str:
    host = _one(rng, v.BIG)
    if _chance(rng, 0.25):
        host = _one(rng, ("support", "blog", "docs", "help", "shop", "news", "en", "developer", "store", "careers", "community")) + f".{host}"  # fmt: skip
    return f"{host}{_page(rng, 'en')}"


def _own_login(rng: Rng) -> str:
    """Where honest people really log in, at large sites and at small ones."""
    if _chance(rng, 0.5):
        own = _site(rng)[0]
        return _one(rng, (
            f"{own}/login", f"portal.{own}", f"customer.{own}/home/login", f"my{own}/auth/login", f"secure.{own}/billing", f"pay.{own}", f"{own}/account/signin",
            f"mail.{own}/owa/auth/logon.aspx", f"{own}/wp-login.php", f"{own}/online-payment", f"login.{own}/user/verify", f"{own}/my-account/edit-address", f"app.{own}/#/login",
        ))  # fmt: skip
    host = _one(rng, (*v.BIG[60:], "paypal.com", "amazon.com", "ebay.com", "netflix.com", "chase.com", "hsbc.co.uk"))
    return _one(rng, (
        f"accounts.{host}/signin", f"login.{host}", f"{host}/login", f"{host}/account/login", f"signin.{host}/ws/signin",
        f"id.{host}/authorize?client_id={_token(rng, 12)}&redirect_uri=https%3A%2F%2F{host}%2Fcallback", f"my.{host}/dashboard",
    ))  # fmt: skip


def _official(rng: Rng) -> str:
    """A page of somebody whom lures like to imitate, on a domain of their own."""
    return official_link(rng, _one(rng, domains()))


def _queried(rng: Rng) -> str:
    host = _site(rng)[0] if _chance(rng, 0.5) else _one(rng, v.BIG)
    words = _slug(rng, 1, 4)
    return _one(rng, (
        f"{host}/search?q={words.replace('-', '+')}", f"{host}/watch?v={_token(rng, 11, string.ascii_letters + string.digits)}",
        f"{host}/{words}?utm_source=newsletter&utm_medium=email&utm_campaign={_one(rng, v.TOPICS)}", f"{host}/index.php?option=com_content&view=article&id={int(rng.integers(1, 400))}",
        f"{host}/{words}.html?color={_one(rng, v.STEMS)}&size={int(rng.integers(30, 48))}", f"{host}/?lang={_one(rng, ('en', 'de', 'fr', 'es'))}", f"{host}/store/home.do",
    ))  # fmt: skip


def _tenant(rng: Rng) -> str:
    """Honest people on free hosting."""
    name = _one(rng, (_one(rng, v.NAMES), f"{_one(rng, v.STEMS)}{_one(rng, v.TRADES)}", _slug(rng, 2, 3)))
    return _one(rng, (
        f"{name}.github.io/{_slug(rng, 1, 3)}", f"{name}.blogspot.com/{int(rng.integers(2009, 2026))}/0{int(rng.integers(1, 10))}/{_slug(rng, 2, 6)}.html",
        f"{name}.wordpress.com/{_one(rng, v.PAGES['en'])}", f"{name}.myshopify.com/products/{_slug(rng, 1, 4)}", f"{name}.netlify.app",
        f"docs.google.com/document/d/{_token(rng, 44, string.ascii_letters + string.digits)}/edit", f"github.com/{name}/{_slug(rng, 1, 3)}",
        f"{_one(rng, v.SHORT)}/{_token(rng, 7, string.ascii_letters + string.digits)}", f"youtu.be/{_token(rng, 11, string.ascii_letters)}",
    ))  # fmt: skip


# -- lures ----------------------------------------------------------------------------------------------------------------


def _lure_words(rng: Rng, least: int, most: int, join: str = "-") -> str:
    return join.join(_one(rng, v.LURE_WORDS) for _ in range(int(rng.integers(least, most))))


def _lure_page(rng: Rng, brand: str) -> str:
    """The path of a page that asks for a secret; may be empty."""
    hexa = _token(rng, 32, "0123456789abcdef")
    word = _one(rng, v.LURE_WORDS)
    step = _one(rng, ("index.php", "login.php", "signin.php", "verify.php", "home.php", "step2.php", "auth.html", "index.html", "", "", "login", "signin", "webscr", "login.html", "billing.php", "next.php", "success.html"))  # fmt: skip
    victim = f"{_one(rng, v.NAMES)}@{_one(rng, v.NAMES)}{_one(rng, v.TRADES)}.com"
    coded = base64.b64encode(victim.encode()).decode()
    shape = int(rng.integers(16))
    if shape <= 3:
        return ""
    if shape == 4:
        return f"/{step}"
    if shape == 5:
        return f"/{word}/{step}"
    if shape == 6:
        return f"/{brand}/{step}"
    if shape == 7:
        return f"/{_token(rng, int(rng.integers(2, 6)), string.ascii_letters)}/{step}"
    if shape == 8:
        return f"/{hexa}/{step}"
    if shape == 9:
        return f"/{step or 'index.php'}?{_one(rng, ('email', 'e', 'user', 'login', 'id'))}={victim}"
    if shape == 10:
        return f"/{word}/?{coded}"
    if shape == 11:
        return f"/{step or 'login.php'}?cmd=login_submit&id={hexa}&session={hexa}"
    if shape == 12:
        return f"/{word}/{brand}/{_one(rng, v.LURE_WORDS)}/{step}"
    if shape == 13:
        return f"/{_token(rng, 8, string.ascii_letters + string.digits)}"
    if shape == 14:
        return f"/ap/signin?openid.pape.max_auth_age=0&openid.return_to=https%3A%2F%2F{brand}.com%2F&openid.identity={_token(rng, 12)}"
    return f"/{_one(rng, ('order', 'track', 'pay', 'parcel', 'id', 'ref'))}{_token(rng, 8, string.digits)}"


def _broken_into(rng: Rng, brand: str) -> str:
    """A page hidden in somebody's honest site."""
    host = _site(rng)[0]
    den = _one(rng, (
        "wp-content/plugins/{w}", "wp-includes/{w}", "wp-admin/{w}", "wp-content/themes/{w}/{t}", ".well-known/{b}", "images/{b}", "css/{w}/{b}",
        "js/{t}", "~{n}/{b}", "admin/{b}", "fonts/{b}/{w}", "cgi-bin/{b}", "{t}/{b}", "tmp/{b}", "old/{w}/{b}", "vendor/{t}/{b}", "{b}", "{t}", "uploads/{t}", "{w}/{b}", "{p}", "{p}/{t}", "{p}/{w}", "assets/{t}", "{y}", "{y}/{t}",
    )).format(w=_one(rng, v.LURE_WORDS), b=brand, t=_token(rng, int(rng.integers(2, 8)), string.ascii_letters), n=_one(rng, v.NAMES), p=_one(rng, ('document', 'documents', 'mobile', 'share', 'files', 'file', 'site', 'check', 'en', 'de', 'view', 'doc', 'invoice')), y=_slug(rng, 1, 2))  # fmt: skip
    return f"{host}/{den}{_lure_page(rng, brand)}"


def _odd_domain(rng: Rng) -> str:
    consonants = "bcdfghjklmnpqrstvwxz"
    name = _one(rng, (
        _token(rng, int(rng.integers(5, 13)), string.ascii_lowercase), _token(rng, int(rng.integers(5, 10))), _token(rng, int(rng.integers(4, 8)), consonants),
        f"{_one(rng, v.STEMS)}{_one(rng, v.STEMS)}{int(rng.integers(1, 99))}", f"{_lure_words(rng, 1, 3)}{int(rng.integers(1, 999))}",
        f"{_one(rng, v.STEMS)}-{_token(rng, 4)}", _lure_words(rng, 2, 4, ""),
    ))  # fmt: skip
    return f"{name}.{_one(rng, v.CHEAP if _chance(rng, 0.75) else ('com', 'net', 'org', 'com', 'info'))}"


def _named_below(rng: Rng, brand: str) -> str:
    """The imitated name before somebody else's domain."""
    odd = _odd_domain(rng)
    lead = _one(rng, (
        f"{brand}.com", f"www.{brand}.com", f"{brand}", f"{brand}.co.jp", f"login.{brand}.com", f"{brand}-{_lure_words(rng, 1, 3)}", f"{_one(rng, v.LURE_WORDS)}.{brand}", f"{brand}.{_lure_words(rng, 1, 3, '.')}",
        f"{_one(rng, v.LURE_WORDS)}.{brand}.com-{_token(rng, 4)}", f"{_token(rng, 6)}.{brand}",
    ))  # fmt: skip
    return f"{lead}{_one(rng, ('.', '.', '.', '-'))}{odd}{_lure_page(rng, brand)}"


def misspelt(rng: Rng, brand: str) -> str:
    """A name that the eye takes for `brand`."""
    at = int(rng.integers(1, max(2, len(brand) - 1)))
    swaps = {"o": "0", "l": "1", "i": "1", "e": "3", "a": "4", "s": "5", "m": "rn", "w": "vv"}
    return _one(rng, (
        brand[:at] + brand[at] + brand[at:], brand[:at] + brand[at + 1 :], brand[: at - 1] + brand[at] + brand[at - 1] + brand[at + 1 :],
        "".join(swaps.get(c, c) if i == at else c for i, c in enumerate(brand)), brand[:at] + _token(rng, 1, string.ascii_lowercase) + brand[at:],
    ))  # fmt: skip


def _compound(rng: Rng, brand: str) -> str:
    """The imitated name inside a domain of one's own."""
    like = brand if _chance(rng, 0.65) else misspelt(rng, brand)
    join = _one(rng, ("-", "-", ""))
    words = _lure_words(rng, 1, 3, join)
    name = _one(rng, (f"{like}{join}{words}", f"{words}{join}{like}", f"{like}{int(rng.integers(1, 9999))}", like, f"{_one(rng, v.LURE_WORDS)}{join}{like}{join}{_one(rng, v.LURE_WORDS)}"))  # fmt: skip
    ending = _one(rng, ("com", "com", "net", "org", "info", "co", "de", "fr", "co.uk", *v.CHEAP[:14]))
    host = f"{name}.{ending}"
    if _chance(rng, 0.2):
        host = f"{_one(rng, v.LURE_WORDS)}.{host}"
    return f"{host}{_lure_page(rng, brand)}"


def _hosted(rng: Rng, brand: str) -> str:
    """Free hosting and other people's clouds."""
    name = _one(rng, (
        f"{brand}-{_lure_words(rng, 1, 3)}", f"{brand}{_token(rng, 5, string.digits)}", _token(rng, int(rng.integers(8, 28))), f"{_one(rng, v.LURE_WORDS)}-{brand}-{_token(rng, 4)}",
        f"{_lure_words(rng, 2, 4)}-{_token(rng, 3)}", f"{_token(rng, 24, string.ascii_lowercase)}-dot-{_token(rng, 12)}", f"{_lure_words(rng, 1, 3, '')}",
    ))  # fmt: skip
    return _one(rng, (
        *[f"{name}.{_one(rng, v.HOSTING)}{_lure_page(rng, brand)}"] * 7, f"{_token(rng, 30)}-dot-{_token(rng, 14)}.rj.r.appspot.com",
        f"docs.google.com/forms/d/e/{_token(rng, 56, string.ascii_letters + string.digits)}/viewform", f"sites.google.com/view/{name}/home",
        f"docs.google.com/presentation/d/e/2PACX-{_token(rng, 60, string.ascii_letters + string.digits)}/pub", f"storage.googleapis.com/{name}/index.html",
        f"{_token(rng, 12)}.s3.us-east-2.amazonaws.com/{_one(rng, v.LURE_WORDS)}.html?email={_one(rng, v.NAMES)}@{_one(rng, v.NAMES)}.com",
        f"forms.office.com/Pages/ResponsePage.aspx?id={_token(rng, 60, string.ascii_letters)}", f"{brand}.sharepoint.com/:b:/g/personal/{_token(rng, 20)}",
    ))  # fmt: skip


def _throwaway(rng: Rng, brand: str) -> str:
    return f"{_odd_domain(rng)}{_lure_page(rng, brand)}"


def _shortened(rng: Rng, brand: str) -> str:
    return f"{_one(rng, v.SHORT)}/{_one(rng, (_token(rng, 7, string.ascii_letters + string.digits), f'{brand}-{_one(rng, v.LURE_WORDS)}', _token(rng, 5)))}"  # fmt: skip


def _numbered(rng: Rng, brand: str) -> str:
    host = ".".join(str(int(rng.integers(1, 255))) for _ in range(4))
    return f"{host}{_one(rng, ('', ':8080', ''))}/{_token(rng, 5)}{_lure_page(rng, brand)}"


def _forwarded(rng: Rng, brand: str) -> str:
    host = _one(rng, (*v.BIG[:60], _site(rng)[0]))
    return f"{host}/{_one(rng, ('redirect', 'url', 'out', 'r', 'track/click'))}?{_one(rng, ('url', 'u', 'to', 'next', 'q'))}=https%3A%2F%2F{_odd_domain(rng)}%2F{brand}"  # fmt: skip


Rules = Sequence[tuple[float, str, Callable[..., str]]]
_GENUINE: Rules = (
    (0.62, "own site", _own_site), (0.14, "known site", _known_site), (0.06, "official", _official), (0.05, "log-in", _own_login), (0.07, "query", _queried), (0.06, "tenant", _tenant),
)  # fmt: skip
_LURES: Rules = (
    (0.24, "broken into", _broken_into), (0.14, "named below", _named_below), (0.2, "compound", _compound), (0.17, "hosted", _hosted),
    (0.14, "throwaway", _throwaway), (0.06, "shortened", _shortened), (0.02, "numbered", _numbered), (0.03, "forwarded", _forwarded),
)  # fmt: skip


def _choice(rng: Rng, rules: Rules) -> tuple[str, Callable[..., str]]:
    at = rng.random() * sum(share for share, _, _ in rules)
    for share, name, make in rules:
        at -= share
        if at < 0:
            return name, make
    return rules[-1][1], rules[-1][2]
