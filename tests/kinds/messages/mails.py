"""E-mails of our own writing, as a receiving server would hand them over: honest ones that look odd, and lures."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from assay.kinds.messages.evidence import Message

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def mail(
    sender: str,
    subject: str,
    body: str,
    *,
    results: str = "",
    headers: str = "",
    html: bool = True,
    attach: tuple[str, str, bytes] | None = None,
) -> bytes:
    """An e-mail's bytes: `results` goes into Authentication-Results, `attach` is (name, media, content)."""
    lines = [
        f"From: {sender}",
        "To: customer@bank.example",
        f"Subject: {subject}",
        "Date: Mon, 1 Dec 2025 09:00:00 +0000",
    ]
    if results:
        lines.insert(0, f"Authentication-Results: mx.bank.example; {results}")
    if headers:
        lines.append(headers)
    kind = "text/html" if html else "text/plain"
    part = f"Content-Type: {kind}; charset=utf-8\n\n{body}"
    if attach is None:
        return "\n".join([*lines, "MIME-Version: 1.0", part]).encode()
    name, media, content = attach
    coded = base64.encodebytes(content).decode()
    return "\n".join(
        [*lines, "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', "", "--b", part, "--b",
         f'Content-Type: {media}; name="{name}"', "Content-Transfer-Encoding: base64", "", coded, "--b--", ""]
    ).encode()  # fmt: skip


def message(raw: bytes, **fields: object) -> Message:
    return Message(id="m", time=WHEN, raw=raw, **fields)  # type: ignore[arg-type]


def passed(domain: str) -> str:
    return f"spf=pass smtp.mailfrom=bounce@{domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"


HONEST: dict[str, bytes] = {
    "a newsletter that counts clicks on its mailer's host": mail(
        "Zalando <news@zalando.de>", "Sale ends tonight", '<a href="https://click.list-manage.com/track?u=1">www.zalando.de</a> Hurry, last chance!',
        results="spf=pass smtp.mailfrom=mail1.mcsv.net; dkim=pass header.d=zalando.de; dmarc=pass header.from=zalando.de",
    ),
    "a newsletter that counts clicks on a host nobody knows, vouched for": mail(
        "Commerzbank <info@commerzbank.de>", "Ihr Newsletter", '<a href="https://klick.cbk-news.example/x">www.commerzbank.de</a>',
        results=passed("commerzbank.de"),
    ),
    "PayPal's own second domain": mail(
        "PayPal <service@paypal.de>", "Ihr Beleg", '<a href="https://epl.paypal-communication.com/T/x">www.paypal.com</a>',
        results=passed("paypal.de"),
    ),
    "a mailing list breaks the signature": mail(
        "Anna <anna@paypal.com>", "[dev] Re: build", "<p>Works for me</p>",
        results="spf=pass smtp.mailfrom=lists.example.org; dkim=fail header.d=paypal.com; dmarc=fail (p=REJECT) header.from=paypal.com",
        headers="List-Id: <dev.lists.example.org>",
    ),
    "a forwarder sealed it (ARC)": mail(
        "Amazon.de <versand@amazon.de>", "Versandt", "<p>Ihre Bestellung wurde versandt</p>",
        results="spf=fail smtp.mailfrom=amazon.de; dkim=fail header.d=amazon.de; dmarc=fail header.from=amazon.de; arc=pass",
    ),
    "a service sends for somebody": mail(
        '"Anna Kim via DocuSign" <dse@eumail.docusign.net>', "Please sign", '<a href="https://eu.docusign.net/Signing/x">REVIEW DOCUMENT</a>',
        results=passed("eumail.docusign.net"),
    ),
    "a signature whose text and link differ": mail(
        "Tom <tom@firm.example>", "Offer", 'Regards <a href="https://firm-group.example/">www.firm.example</a>', results=passed("firm.example"),
    ),
    "a gateway wraps the links": mail(
        "Amazon <order@amazon.co.uk>", "Your order",
        '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.amazon.co.uk%2Forders&amp;data=1">www.amazon.co.uk</a>',
        results=passed("amazon.co.uk"),
    ),
    "a security alert of a mailbox provider": mail(
        "Google <no-reply@accounts.google.com>", "Security alert",
        '<p>A new sign-in on Windows. If this was not you, <a href="https://accounts.google.com/AccountChooser?x">check activity</a></p>',
        results=passed("accounts.google.com"),
    ),
    "a bank tells of its statement": mail(
        "HSBC UK <alerts@hsbc.co.uk>", "Your statement is ready",
        '<p>Dear customer, log on to online banking to see your account. We never ask for your password.</p><a href="https://www.hsbc.co.uk/">hsbc.co.uk</a>',
        results=passed("hsbc.co.uk"),
    ),
    "a shop's answers go to a mailbox": mail(
        "Lina's Shop <noreply@shop.example>", "Order 12", "<p>Thank you</p>", results=passed("shop.example"), headers="Reply-To: lina@gmail.com",
    ),
    "a person whose name shows an own other address": mail(
        '"anna.kim@gmail.com" <anna.kim@firm.example>', "lunch", "<p>12:30?</p>", results=passed("firm.example"),
        headers="List-Id: <team.firm.example>",
    ),
    "a supplier's invoice": mail(
        "Baustoff Meyer <rechnung@meyer.example>", "Rechnung 4711",
        "<p>Bitte überweisen Sie 1.200,00 EUR innerhalb von 14 Tagen auf das Konto DE89 3704 0044 0532 0130 00.</p>", results=passed("meyer.example"),
    ),
}  # fmt: skip

# what it is -> (raw, detector, reason, severity)
LURES: dict[str, tuple[bytes, str, str, str]] = {
    "a listed domain in From that does not vouch": (
        mail("PayPal <service@paypal.com>", "Limited", "<p>Hello</p>", results="spf=fail smtp.mailfrom=x.example; dmarc=fail header.from=paypal.com"),
        "messages.sender", "messages.sender-forged", "high"),
    "another domain that asks for failing mail to be rejected": (
        mail("Tom <tom@firm.example>", "x", "<p>Hello</p>", results="dmarc=fail (p=REJECT) header.from=firm.example"),
        "messages.sender", "messages.sender-failed", "medium"),
    "a From drawn like a listed one": (
        mail("Support <help@rnicrosoft.com>", "x", "<p>Hello</p>", results=passed("rnicrosoft.com")),
        "messages.sender", "messages.sender-look-alike", "high"),
    "a From that borrows a name": (
        mail("Support <help@paypal-security.com>", "x", "<p>Hello</p>", results=passed("paypal-security.com")),
        "messages.sender", "messages.sender-borrows-name", "medium"),
    "an address as the name": (
        mail('"service@paypal.com" <x@evil.example>', "x", "<p>Hello</p>", results=passed("evil.example")),
        "messages.sender", "messages.sender-name-address", "high"),
    "a brand's name on a free mailbox": (
        mail("DHL Express <delivery4711@gmail.com>", "x", "<p>Hello</p>", results=passed("gmail.com")),
        "messages.sender", "messages.sender-name-brand", "medium"),
    "a name in foreign letters": (
        mail("=?utf-8?b?UNCweVBhbA==?= <x@evil.example>", "x", "<p>Hello</p>", results=passed("evil.example")),
        "messages.sender", "messages.sender-name-disguised", "high"),
    "a link whose text is another's address": (
        mail("Tom <tom@evil.example>", "x", '<a href="https://evil.example/x">https://www.paypal.com/signin</a>', results=passed("evil2.example")),
        "messages.links", "messages.link-mismatch", "high"),
    "a listed domain within another": (
        mail("Tom <tom@evil.example>", "x", '<a href="https://paypal.com.evil.example/x">open</a>'),
        "messages.links", "messages.link-embeds-name", "high"),
    "a wrapped link that deceives": (
        mail("Tom <tom@evil.example>", "x", '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fpaypa1.com%2Fx">open</a>'),
        "messages.links", "messages.link-look-alike", "high"),
    "a forwarder that deceives": (
        mail("Tom <tom@evil.example>", "x", '<a href="https://www.google.com/url?q=https://paypa1.com/x">open</a>'),
        "messages.links", "messages.link-look-alike", "high"),
    "a form that asks for a password": (
        mail("Tom <tom@evil.example>", "x", '<form action="https://evil.example/x"><input type="password"></form>'),
        "messages.links", "messages.form-password", "medium"),
    "a program made to look like a paper": (
        mail("Tom <tom@evil.example>", "x", "<p>see attached</p>", attach=("invoice.pdf.exe", "application/octet-stream", b"MZ\x90")),
        "messages.links", "messages.attachment-disguised", "high"),
    "a program": (
        mail("Tom <tom@evil.example>", "x", "<p>see attached</p>", attach=("setup.js", "application/octet-stream", b"var a")),
        "messages.links", "messages.attachment-program", "medium"),
    "payment diversion": (
        mail("Meyer <buchhaltung@meyer.example>", "Neue Bankverbindung",
             "<p>Unsere Bankverbindung hat sich geändert. Bitte überweisen Sie dringend auf die neue IBAN, bitte vertraulich behandeln.</p>",
             results=passed("meyer.example"), headers="Reply-To: meyer.buchhaltung@gmail.com"),
        "messages.intent", "messages.intent-diversion", "high"),
}  # fmt: skip
