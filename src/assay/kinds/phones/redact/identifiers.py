"""What in a text says who somebody is, and what stands in its place.

Digests of numbers and addresses (as AirDrop leaves them), tokens, names of devices, serial numbers and networks are *dropped*: a
digest of a phone number is that number to whoever tries them all, so not even a digest of the digest is kept. Addresses and numbers
written out become pseudonyms, the same for the same in one run, under a key that was never stored and is gone with the run.

Over-redaction is the error to make: a log that lost a line number can still be read, a number that got out cannot be called back.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

PEOPLE = ("email", "phone", "contact-digest")
"""Kinds of which each is a person, or most likely."""
MOST_DISTINCT = 1_000_000  # of one kind that are told apart; beyond it they are only counted


class Rule(NamedTuple):
    """`kind` of identifier; the pattern's groups `v`, `w`, `x` are what is taken out, or all of it where there are none. `keep`: a
    pseudonym stands in its place, else it is dropped without a trace. `hint`: whether a line (in small letters, and with every
    digit as 0) can hold one at all: most cannot, and a search for a few letters is cheap. `within`: only in lines of this."""

    kind: str
    pattern: re.Pattern[bytes]
    hint: Callable[[bytes, bytes], bool]
    keep: bool = False
    within: re.Pattern[bytes] | None = None


def _of(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.IGNORECASE)


def _any(*needles: bytes) -> Callable[[bytes, bytes], bool]:
    def told(low: bytes, _: bytes) -> bool:
        for needle in needles:  # noqa: SIM110 - a generator costs more than the search
            if needle in low:
                return True
        return False

    return told


def _digits(*needles: bytes) -> Callable[[bytes, bytes], bool]:
    told = _any(*needles)
    return lambda _, zeros: told(zeros, zeros)


# What comes last in the name of a file or unit, and in no address: `icon@2x.png`, `getty@tty1.service`, `mapper@2.1-impl.so`.
_ENDINGS = (
    rb"(?:png|jpe?g|gif|svg|pdf|plist|strings|car|nib|dylib|jar|apk|odex|vdex|xml|json|log|txt|gz|ips|db|service|socket|mount|target|slice"
    rb"|timer|scope|path|device|swap|ko|rc|conf|sys)\b"
)
_CALLING = _of(
    rb"phone|msisdn|\btel\b|\bcall(?:er|ee|ed|ing|to|s|servicesd)?\b|dial|\bsms\b|\bmms\b|messag|imagent|imessage|facetime|\bhandle|contact|recipient"
    rb"|sender|participant|destination|mobile|cellular|telephony|commcenter|voicemail|whatsapp|telegram|alias"
)
# Numbers without a sign of their own are believed to be somebody's only beside a word like these.
_DIALLED = _of(
    rb"phone|msisdn|\btel\b|\bcall(?:er|ee|ed|ing|to|s)?\b|dial|\bsms\b|imessage|facetime|\bhandle|recipient|commcenter|voicemail|whatsapp"
)
_SECRET = (
    rb"""["']?\s{0,4}(?:[=:](?!\w{1,60}:)|=>)\s{0,4}(?:(?:Bearer|Basic|Token)\s{1,4})?"""
    rb"""(?:<(?P<x>[^>\r\n]{2,400})>|["'({\[]{0,3}(?P<v>[^\s"'<>,;)}\]]{2,400}))"""
)
_WORDS = (
    rb"""["']?\s{0,4}(?:[=:](?!\w{1,60}:)|=>)\s{0,4}(?:"(?P<v>[^"\r\n]{1,120})"|'(?P<w>[^'\r\n]{1,120})'|(?P<x>[^\s,;)}\]"'][^\r\n,;)}\]"']{0,60}?)"""
    rb"""(?=\s{2}|[,;)}\]\r\n]|$))"""
)
_NUMBER = rb"""["']?\s{0,4}[=:]\s{0,4}["'<({\[]{0,3}(?P<v>\+?\d(?:[ .()-]{0,2}\d){5,14})"""
# A byte of a name in UTF-8, but for the first of a typographer's apostrophe.
_LETTER = rb"[\w.\x80-\xe1\xe3-\xff-]"
_CAPITAL = rb"[A-Z\xc3-\xe1\xe3-\xf4]"
_MAKES = rb"(?:iPhone|iPad|iPod|MacBook|Mac|Apple Watch|AirPods|Galaxy|Pixel)\b[\w -]{0,12}"
_SHARING = (b"sharingd", b"airdrop", b"nearby", b"rapportd", b"hash", b"bleadvert")
_SHARED = _of(
    rb"sharingd|airdrop|nearby|rapportd|contact[ _-]?hash|hashed?(?:email|phone)|(?:email|phone)hash|bleadvert"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "email",
        re.compile(
            rb"(?<![A-Za-z0-9._%+\x80-\xff-])[A-Za-z0-9._+\x80-\xff-]{1,90}+(?:@|%40)(?!\d+\.\d[\w.-]*\.so\b)[A-Za-z0-9\x80-\xff-]{1,90}"
            rb"(?:\.[A-Za-z0-9\x80-\xff-]{1,90}){0,6}\.(?!" + _ENDINGS + rb")[A-Za-z\x80-\xff]{2,40}(?![A-Za-z0-9-])"
        ),
        _any(b"@", b"%40"), keep=True,
    ),
    Rule("token", re.compile(rb"\bBearer\s{1,4}(?P<v>[A-Za-z0-9._~+/-]{8,4096}+=*)"), _any(b"bearer")),
    # Digests and tokens of the AirDrop handshake and its advertisements, in lines that are of it.
    Rule(
        "contact-digest",
        _of(
            rb"hash\w{0,12}[\"']?[\s=:<({\[]{1,4}(?:0x)?(?P<v>[0-9a-f]{4,64}(?: [0-9a-f]{1,8}){0,16})(?![0-9a-z])|<(?P<w>[0-9a-f]{4,8}(?: [0-9a-f]{1,8}){1,16})>"
            rb"|(?<![\w+/=-])(?P<x>(?=[A-Za-z+/]{0,44}\d)[A-Za-z0-9+/]{22,86}={1,2})(?![\w+/=-])"
        ),
        _any(*_SHARING), within=_SHARED,
    ),
    Rule(
        "contact-digest",
        re.compile(
            rb"(?<![0-9A-Za-z])(?:0x)?(?=[0-9]{0,64}[A-Fa-f])(?=[A-Fa-f]{0,64}[0-9])[0-9A-Fa-f]{5,64}+(?![0-9A-Za-z])|(?<![0-9A-Za-z.:-])[0-9]{8,64}(?![0-9A-Za-z.:-])"
        ),
        _any(*_SHARING), within=_SHARED,
    ),
    Rule(
        "contact-digest",
        _of(rb"(?:contact|email|e-mail|phone|number|record|handle|apple[ _-]?id|user)s?[ _-]?(?:hash|digest|sha(?:1|256)?)(?:es|s)?" + _SECRET),
        _any(b"hash", b"digest", b"sha"),
    ),
    Rule("contact-digest", _of(rb"mask\.hash:\s{0,4}'(?P<v>[^'\r\n]{4,200})'"), _any(b"mask.hash")),
    Rule(
        "airdrop-id",
        _of(rb"(?:AirDrop[ _]?ID|(?:sender|receiver)[ _]?ID|endpoint[ _]?(?:UUID|ID)|verifiableIdentity|recordData|validationRecord)" + _SECRET),
        _any(b"airdrop", b"sender", b"receiver", b"endpoint", b"identity", b"record"),
    ),
    Rule(
        "token",
        _of(
            rb"(?:authorization|auth[ _-]?token|access[ _-]?token|(?:push|device|session)[ _-]?token|session[ _-]?id|api[ _-]?key|secret|passw(?:or)?d|cookie|credential)"
            + _SECRET
        ),
        _any(b"authorization", b"token", b"session", b"api", b"secret", b"passw", b"cookie", b"credential"),
    ),
    Rule(
        "device-name",
        _of(rb"(?:device|computer|host|local[ _]?host|user[ _-]?assigned(?:[ _-]?device)?|peer|friendly)[ _-]?name" + _WORDS),
        _any(b"name"),
    ),
    Rule(
        "device-name",
        re.compile(
            rb"(?<![\w.\x80-\xff-])(?:" + _CAPITAL + _LETTER + rb"{0,40}+ ){0,3}" + _CAPITAL + _LETTER + rb"{0,40}+(?:'|\xe2\x80\x99)s? " + _MAKES
        ),
        _any(b"'s ", b"' ", b"\x99s ", b"\x99 "),
    ),
    Rule("device-name", re.compile(rb"[\x80-\xff\w.-]{1,60}\xe7\x9a\x84 ?" + _MAKES), _any(b"\xe7\x9a\x84")),
    Rule(
        "device-name",
        re.compile(
            rb"\b(?:iPhone|iPad|MacBook|AirPods)(?: Pro| Air| mini)? (?:von|de|di|van|av|af|fra) " + _CAPITAL + _LETTER + rb"{0,40}+(?: " + _CAPITAL + _LETTER + rb"{0,40}+)?"
        ),
        _any(b"iphone ", b"ipad ", b"macbook ", b"airpods "),
    ),
    Rule(
        "serial",
        _of(
            rb"(?:serial[ _-]?(?:number|no|num)?|imei2?|meid|iccid|imsi|udid|ecid|unique[ _-]?(?:device|chip)[ _-]?id|android[ _-]?id|advertis(?:er|ing)[ _-]?id|(?:alt[ _-]?)?dsid|dsPersonID|prsID)"
            + _SECRET
        ),
        _any(b"serial", b"imei", b"meid", b"iccid", b"imsi", b"udid", b"ecid", b"unique", b"android", b"advertis", b"dsid", b"dsperson", b"prsid"),
    ),
    Rule("network", _of(rb"(?<![a-z])b?ssid(?:[ _-]?(?:str|string|name))?" + _WORDS), _any(b"ssid")),
    Rule(
        "network",
        re.compile(rb"(?<![0-9A-Fa-f:.-])[0-9A-Fa-f]{1,2}[:-](?:[0-9A-Fa-f]{1,2}[:-]){4}[0-9A-Fa-f]{1,2}(?![0-9A-Fa-f:-])"),
        lambda low, _: low.count(b":") >= 5 or low.count(b"-") >= 5,
    ),
    Rule(
        "phone",
        re.compile(rb"(?<![\w.:+-])(?:\+|%2[Bb]|00(?=[1-9]\d{8}))[1-9](?:[ .()/-]{0,2}\d){6,14}+(?![\w:]|\.\d)"),
        _digits(b"+0", b"%0b0", b"00000000000"), keep=True,
    ),
    Rule(
        "phone", _of(rb"(?:tel|sms|sip|facetime|facetime-audio|imessage):(?://)?(?P<v>\+?\d(?:[ .()-]{0,2}\d){4,14}+)"),
        _digits(b"tel:", b"sms:", b"sip:", b"facetime", b"imessage:"), keep=True,
    ),
    Rule(
        "phone", re.compile(rb"(?<![\w.:+-])(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w.:-])"),
        _digits(b"000 0000", b"000-0000", b"000.0000"), keep=True,
    ),
    Rule(
        "phone",
        re.compile(
            rb"(?<![\w.:+/-])(?:0[1-9](?:[ .]\d\d){4}|07\d{3} \d{6}|0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}|1[3-9]\d([ -])\d{4}\1\d{4}"
            rb"|\(0\d{1,5}\)[ /-]?\d{3,5}(?:[ -]?\d{2,5}){0,2})(?![\w.:/-])"
        ),
        _digits(b"00 00 00 00", b"00.00.00.00", b"00000 000000", b"0 000", b"0-000", b"00)"), keep=True,
    ),
    Rule(
        "phone", re.compile(rb"(?<![\w.:+/-])0\d{1,5}[ /-]\d{3,4}(?:[ -]?\d{2,5}){0,3}+(?![\w.:/-])"),
        _digits(b"0 000", b"0/000", b"0-000"), keep=True, within=_CALLING,
    ),
    Rule(
        "phone",
        re.compile(rb"(?<![\w.:+/-])[2-9]\d{9}(?![\w.:/-])"),
        _digits(b"0000000000"),
        keep=True,
        within=_DIALLED,
    ),
    Rule(
        "phone", re.compile(rb"(?<![\w.:+/-])(?:0\d{8,13}|1[3-9]\d{9})(?![\w.:/-])"),
        _digits(b"000000000"), keep=True, within=_CALLING,
    ),
    Rule(
        "phone",
        _of(rb"(?:phone(?:[ _-]?(?:number|no))?|msisdn|caller(?:[ _-]?id)?|callee|destination[ _-]?address|handle|recipient|peer[ _-]?id)" + _NUMBER),
        _any(b"phone", b"msisdn", b"call", b"address", b"handle", b"recipient", b"peer"), keep=True,
    ),
)  # fmt: skip
_MARK = re.compile(
    rb"\[(?:email|phone)-[0-9a-f]{8}\]|\[(?:contact-digest|airdrop-id|token|device-name|serial|network)\]"
)
_TOGETHER = 40  # lines
_ZEROS = bytes.maketrans(b"123456789", b"000000000")


class Redactor:
    """One run. `counts` of each kind taken out; `distinct` how many different ones."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)  # never stored: with the object, every way back is gone
        self.counts: dict[str, int] = {}
        self._seen: dict[str, set[bytes]] = {}

    @property
    def distinct(self) -> dict[str, int]:
        return {kind: len(seen) for kind, seen in self._seen.items()}

    @property
    def people(self) -> int:
        """Different identifiers of people: what would have leaked, the owner's own among them."""
        return sum(self.distinct.get(kind, 0) for kind in PEOPLE)

    def lines(self, text: bytes) -> bytes:
        """Whole lines, without whom they are about."""
        lines = text.splitlines(keepends=True)
        return b"".join(self._some(lines[at : at + _TOGETHER]) for at in range(0, len(lines), _TOGETHER))

    def value(self, name: str, text: str) -> str:
        """A value that stands under a name of its own, as in a property list: as if both stood in one line."""
        head = f"{name} = ".encode("utf-8", "replace")
        out = self._line(head + text.encode("utf-8", "surrogatepass"))
        return out.removeprefix(head).decode("utf-8", "replace") if out.startswith(head) else f"[{name[:40]}]"

    def drop(self, kind: str, value: bytes) -> bytes:
        """Counts an identifier, and gives the mark that stands in its place."""
        return self._mark(kind, value, keep=False)

    def _some(self, lines: Sequence[bytes]) -> bytes:
        """A few lines: rules that none of them can meet are passed over for all at once."""
        whole = b"".join(lines)
        low = whole.lower()
        zeros = low.translate(_ZEROS)
        rules = [rule for rule in RULES if rule.hint(low, zeros)]
        return b"".join(self._line(line, rules) for line in lines) if rules else whole

    def _line(self, line: bytes, rules: Sequence[Rule] = RULES) -> bytes:
        low = line.lower()
        zeros = low.translate(_ZEROS)
        for rule in rules:
            if (
                rule.hint(low, zeros)
                and rule.pattern.search(line)
                and (rule.within is None or rule.within.search(line))
            ):
                line = rule.pattern.sub(self._replacing(rule), line)
        return line

    def _replacing(self, rule: Rule) -> Callable[[re.Match[bytes]], bytes]:
        def replaced(match: re.Match[bytes]) -> bytes:
            whole = match[0]
            groups = match.re.groupindex
            for name in ("v", "w", "x"):
                if name in groups and match[name] is not None:
                    value = match[name]
                    if _MARK.search(value) or value.lower() in _NOTHING:
                        return whole
                    start, end = match.start(name) - match.start(), match.end(name) - match.start()
                    return whole[:start] + self._mark(rule.kind, value, keep=rule.keep) + whole[end:]
            return whole if groups or _MARK.search(whole) else self._mark(rule.kind, whole, keep=rule.keep)

        return replaced

    def _mark(self, kind: str, value: bytes, *, keep: bool) -> bytes:
        digits = re.sub(rb"\D", b"", value.lower().replace(b"%2b", b"+")).removeprefix(b"00")
        plain = digits if kind == "phone" else value.lower().replace(b"%40", b"@")
        name = hmac.digest(self._key, kind.encode() + b"\0" + plain, "sha256")
        self.counts[kind] = self.counts.get(kind, 0) + 1
        seen = self._seen.setdefault(kind, set())
        if len(seen) < MOST_DISTINCT:
            seen.add(name[:12])
        return b"[%s-%s]" % (kind.encode(), name.hex()[:8].encode()) if keep else b"[%s]" % kind.encode()


_NOTHING = frozenset(
    {b"null", b"(null)", b"nil", b"none", b"yes", b"no", b"true", b"false", b"0", b"<private>", b"unknown"}
)

__all__ = ["PEOPLE", "Redactor"]
