"""What a code asks for: payment payloads taken apart and checked, other payloads named by what a telephone would do with them.

Payments: EPC069-12 (SEPA credit transfer, `BCD`), Swiss QR-bill (`SPC`), EMVCo Merchant-Presented Mode (tag, length, value, with
CRC-16/CCITT-FALSE; Pix, PayNow, PromptPay and BharatQR are of this kind), and `upi:` links. Pure text in; every length is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

MAX_CHARS = 8_192
MAX_TAGS = 128
_CURRENCIES = {  # ISO 4217
    "036": "AUD", "124": "CAD", "156": "CNY", "203": "CZK", "208": "DKK", "344": "HKD", "356": "INR", "360": "IDR",
    "392": "JPY", "410": "KRW", "458": "MYR", "554": "NZD", "566": "NGN", "578": "NOK", "586": "PKR", "604": "PEN",
    "608": "PHP", "643": "RUB", "682": "SAR", "702": "SGD", "704": "VND", "710": "ZAR", "752": "SEK", "756": "CHF",
    "764": "THB", "784": "AED", "818": "EGP", "826": "GBP", "840": "USD", "901": "TWD", "932": "ZWL", "936": "GHS",
    "949": "TRY", "978": "EUR", "985": "PLN", "986": "BRL",
}  # fmt: skip
_SCHEMES = {
    "http": "link", "https": "link", "wifi": "wifi", "otpauth": "otp", "otpauth-migration": "otp", "tel": "phone",
    "sms": "sms", "smsto": "sms", "mms": "sms", "mmsto": "sms", "mailto": "mail", "matmsg": "mail", "smtp": "mail",
    "begin": "contact", "mecard": "contact", "bizcard": "contact", "geo": "place", "bitcoin": "coin", "ethereum": "coin",
    "litecoin": "coin", "monero": "coin", "solana": "coin", "tron": "coin", "dogecoin": "coin", "lightning": "coin",
    "javascript": "script", "data": "script", "intent": "app", "market": "app", "itms-apps": "app", "weixin": "app",
    "alipays": "app", "upi": "payment", "openid4vp": "wallet", "openid-credential-offer": "wallet", "fido": "otp",
}  # fmt: skip
_BARE_LINK = re.compile(r"^(?:www\.)?[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63})+(?:[/?#:]\S*)?$", re.IGNORECASE)


@dataclass(frozen=True)
class PaymentCode:
    """scheme: "epc", "swiss", "emv" or "upi". account: an IBAN, or what names the payee's account in its scheme ("" where the
    code names none we know); amount: as asked, None where the payer chooses; dynamic: made for one payment (EMV only);
    problems: what is malformed, in the words of `PROBLEMS`; fields: everything else that was said, by the standard's name."""

    scheme: str
    payee: str = ""
    account: str = ""
    bic: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    text: str = ""
    country: str = ""
    city: str = ""
    dynamic: bool | None = None
    problems: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)


PROBLEMS = (
    "version", "charset", "identification", "bic", "payee", "account", "amount", "currency", "reference", "text", "too-long",
    "truncated", "crc", "crc-missing", "country",
)  # fmt: skip


def purpose(text: str) -> str:
    """What a telephone would do with it: "payment", "link", "wifi", "otp", "phone", "sms", "mail", "contact", "place", "coin",
    "script", "app", "wallet", "licence", "number", or "text" for anything else.

    >>> purpose("https://example.com"), purpose("WIFI:T:WPA;S:guest;P:x;;"), purpose("4006381333931")
    ('link', 'wifi', 'number')
    """
    text = text[:MAX_CHARS].strip()
    if text.startswith("@") and "ANSI " in text[:24]:
        return "licence"
    if _epc_lines(text) or _swiss_lines(text) or _is_emv(text):
        return "payment"
    scheme = text.partition(":")[0].strip().lower() if ":" in text[:32] else ""
    if scheme in _SCHEMES:
        return _SCHEMES[scheme]
    if text.isdigit():
        return "number"
    return "link" if _BARE_LINK.match(text) else "text"


def payment_code(text: str) -> PaymentCode | None:
    """The payment a payload asks for; None where it asks for none."""
    text = text[:MAX_CHARS].strip("\ufeff \t\r\n")
    if (lines := _epc_lines(text)) is not None:
        return _epc(lines, len(text.encode("utf-8")))
    if (lines := _swiss_lines(text)) is not None:
        return _swiss(lines)
    if _is_emv(text):
        return _emv(text)
    return _upi(text) if text[:4].lower() == "upi:" else None


def iban_holds(text: str) -> bool:
    """ISO 13616: two letters, two digits, up to 30 more, remainder 1 modulo 97.

    >>> iban_holds("DE89 3704 0044 0532 0130 00"), iban_holds("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    text = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 1021, initial value FFFF, no reflection.

    >>> f"{crc16(b'123456789'):04X}"
    '29B1'
    """
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1 & 0xFFFF
    return crc


def _amount(text: str) -> Decimal | None:
    """Digits with at most one point; None for anything else."""
    if not re.fullmatch(r"[0-9]{1,13}(?:\.[0-9]{0,4})?|\.[0-9]{1,4}", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _epc_lines(text: str) -> list[str] | None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", 14)
    return [line.strip() for line in lines] if lines[0].strip() == "BCD" and len(lines) >= 4 else None


def _epc(lines: list[str], size: int) -> PaymentCode:
    """EPC069-12 v2.1: service tag, version, character set, identification, BIC, name, IBAN, amount, purpose, structured
    reference, text, information."""
    version, charset, identification, bic, name, iban, amount, purpose_, reference, text, note = (
        *lines[1:],
        *[""] * 11,
    )[:11]
    asked = _amount(amount[3:]) if amount[:3] == "EUR" else None
    wrong = {
        "version": version not in ("001", "002"),
        "charset": charset not in tuple("12345678"),
        "identification": identification not in ("SCT", "INST"),
        "bic": not _bic(bic) if bic else version == "001",
        "payee": not 0 < len(name) <= 70,
        "account": not iban_holds(iban),
        "amount": bool(amount) and (asked is None or not Decimal("0.01") <= asked <= Decimal("999999999.99")),
        "reference": len(purpose_) > 4 or len(reference) > 35 or bool(reference and text),
        "text": len(text) > 140 or len(note) > 70,
        "too-long": size > 331 or len(lines) > 12,
    }
    return PaymentCode(
        "epc", name, iban.replace(" ", "").upper(), bic, asked, "EUR", reference, text, iban[:2].upper(), dynamic=None,
        problems=tuple(key for key, bad in wrong.items() if bad),
        fields={"version": version, "purpose": purpose_, "information": note},
    )  # fmt: skip


def _bic(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", text))


def _swiss_lines(text: str) -> list[str] | None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", 40)
    return [line.strip() for line in lines] if lines[0].strip() == "SPC" and len(lines) >= 20 else None


def _swiss(lines: list[str]) -> PaymentCode:
    """Swiss Implementation Guidelines QR-bill 2.x: header 3, IBAN, creditor 7, ultimate creditor 7, amount, currency, debtor 7,
    reference type, reference, message, trailer EPD."""
    lines = [*lines, *[""] * 34][:40]
    version, charset, iban = lines[1:4]
    name, city, country = lines[5], lines[9], lines[10]
    amount, currency = lines[18], lines[19]
    kind, reference, message, trailer = lines[27], lines[28], lines[29], lines[30]
    asked = _amount(amount)
    wrong = {
        "version": not version.startswith("02"),
        "charset": charset != "1",
        "payee": not 0 < len(name) <= 70,
        "account": not iban_holds(iban) or iban[:2] not in ("CH", "LI"),
        "amount": bool(amount) and asked is None,
        "currency": currency not in ("CHF", "EUR"),
        "reference": kind not in ("QRR", "SCOR", "NON") or (kind == "NON") != (not reference),
        "text": len(message) > 140,
        "truncated": trailer != "EPD",
        "country": not re.fullmatch(r"[A-Z]{2}", country),
    }
    return PaymentCode(
        "swiss", name, iban.replace(" ", "").upper(), "", asked, currency, reference, message, country, city,
        problems=tuple(key for key, bad in wrong.items() if bad), fields={"version": version, "reference type": kind},
    )  # fmt: skip


def _is_emv(text: str) -> bool:
    return bool(re.match(r"^0002(?:01|02)[0-9]{4}", text)) and len(text) >= 20


def _tags(text: str) -> tuple[list[tuple[str, str]], bool]:
    """(tag, value) pairs, and whether the text ends where the last one does. Lengths count characters."""
    at, found = 0, list[tuple[str, str]]()
    while at < len(text) and len(found) < MAX_TAGS:
        head = text[at : at + 4]
        if len(head) < 4 or not head.isdigit() or not head.isascii() or at + 4 + int(head[2:]) > len(text):
            return found, False
        found.append((head[:2], text[at + 4 : at + 4 + int(head[2:])]))
        at += 4 + int(head[2:])
    return found, at == len(text)


def _emv(text: str) -> PaymentCode:
    """EMV QRCPS Merchant-Presented Mode 1.1."""
    pairs, whole = _tags(text)
    tags = dict(reversed(pairs))  # the first of equals counts
    problems = [] if whole else ["truncated"]
    if not pairs or pairs[-1][0] != "63" or len(pairs[-1][1]) != 4:
        problems.append("crc-missing")
    elif f"{crc16(text[: -len(pairs[-1][1])].encode('utf-8')):04X}" != pairs[-1][1].upper():
        problems.append("crc")
    asked = _amount(tags["54"]) if "54" in tags else None
    if "54" in tags and asked is None:
        problems.append("amount")
    if not re.fullmatch(r"[0-9]{3}", tags.get("53", "")):
        problems.append("currency")
    if not re.fullmatch(r"[A-Z]{2}", tags.get("58", "")):
        problems.append("country")
    if not tags.get("59") or len(tags["59"]) > 25:
        problems.append("payee")
    fields = {"merchant category": tags.get("52", "")}
    account = ""
    for tag, value in pairs:
        if "26" <= tag <= "51":
            inner = dict(reversed(_tags(value)[0]))
            fields[f"{tag} scheme"] = inner.get("00", "")
            named = next((inner[key] for key in ("01", "02", "03") if inner.get(key)), "")
            account = account or named
        elif "02" <= tag <= "25":
            account = account or value
    if not account:
        problems.append("account")
    more = dict(reversed(_tags(tags.get("62", ""))[0]))
    return PaymentCode(
        "emv", tags.get("59", ""), account, "", asked, _CURRENCIES.get(tags.get("53", ""), tags.get("53", "")),
        more.get("05", more.get("01", "")), more.get("08", ""), tags.get("58", ""), tags.get("60", ""),
        {"11": False, "12": True}.get(tags.get("01", "")), tuple(problems), fields,
    )  # fmt: skip


def _upi(text: str) -> PaymentCode:
    """NPCI deep link: `upi://pay?pa=address&pn=name&am=amount&cu=INR&tn=note&tr=reference`."""
    asked = dict(parse_qsl(text.partition("?")[2], max_num_fields=MAX_TAGS) if text.count("&") < MAX_TAGS else [])
    amount = _amount(asked["am"]) if asked.get("am") else None
    address = asked.get("pa", "")
    wrong = {
        "account": not re.fullmatch(r"[A-Za-z0-9.\-_]{2,256}@[A-Za-z0-9.\-]{2,64}", address),
        "amount": bool(asked.get("am")) and amount is None,
        "currency": asked.get("cu", "INR") != "INR",
    }
    return PaymentCode(
        "upi", asked.get("pn", ""), address, "", amount, asked.get("cu", "INR"), asked.get("tr", ""), asked.get("tn", ""), "IN",
        problems=tuple(key for key, bad in wrong.items() if bad), fields={"action": text[4:].strip("/").partition("?")[0]},
    )  # fmt: skip
