"""A webhook: each piece of news as one signed POST to an address that the operator wrote down.

Only that address: names are resolved here and what they lead to is looked at, redirects are not followed, no proxy of the
environment is used, certificates are checked, and of an answer nothing but its number matters. Neither the secret nor the
address stands in any message, since some addresses are secrets.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

import assay
from assay.core.clock import SECOND
from assay.core.errors import InvalidSetting
from assay.ledger.seal import key_in
from assay.responses.courier import Undelivered
from assay.responses.document import Webhook
from assay.responses.news import News, Wanted, as_ocsf, severity_of, told
from assay.responses.signature import sign

ANSWER = 4096  # bytes of an answer that are read, so that the other side sees its end
_encode = msgspec.json.Encoder(enc_hook=str).encode  # whatever a room put into its evidence, it is told


def secret_of(secrets: Path, name: str) -> bytes:
    """The secret of a webhook: 32 random bytes, made on first use, readable by their owner only."""
    return key_in(secrets / f"webhook-{name}.key")


def wanted_by(hook: Webhook) -> Wanted:
    return Wanted(severity_of(hook.findings), hook.outcomes, hook.labels, hook.cases)


class WebhookSink:
    """`name` and `hook` as in the document; `ledger`: which ledger tells."""

    many = 1

    def __init__(self, name: str, hook: Webhook, secret: bytes, ledger: str) -> None:
        self._name, self._hook, self._secret, self._ledger = name, hook, secret, ledger
        self._parts = urlsplit(hook.url)
        self._secure = self._parts.scheme == "https"
        self._context = trusting(hook.authorities) if self._secure else None

    def __repr__(self) -> str:
        return f"WebhookSink({self._name!r})"

    def resume(self, mark: dict[str, int]) -> None:
        """Nothing to take up: every delivery is on its own."""

    def deliver(self, found: list[News], now: int) -> dict[str, int]:
        for done, one in enumerate(found):
            try:
                self._post(one, now)
            except Undelivered as error:
                raise Undelivered(error.about, done) from None
        return {}

    def _post(self, one: News, now: int) -> None:
        id_ = one.id(self._ledger, self._name)
        if self._hook.form == "ocsf":
            body = b"".join(_encode(event) + b"\n" for event in as_ocsf(one))
            if not body:
                return  # OCSF has no word for a decision without a finding
        else:
            body = _encode(told(one, id_))
        headers = {
            "Content-Type": "application/x-ndjson" if self._hook.form == "ocsf" else "application/json",
            "User-Agent": f"Assay/{assay.__version__}",
            "Assay-Event": one.event,
            "Assay-Delivery": id_,
            "Assay-Signature": sign(self._secret, id_, body, now // SECOND),
        }
        status = self._send(body, headers)
        if 300 <= status < 400:
            raise Undelivered(f"it answered {status}: redirects are not followed")
        if not 200 <= status < 300:
            raise Undelivered(f"it answered {status}")

    def _send(self, body: bytes, headers: dict[str, str]) -> int:
        host = self._parts.hostname or ""
        connection = http.client.HTTPConnection(host, timeout=self._hook.timeout)
        try:
            connection.sock = self._connected(host)
            target = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
            connection.request("POST", target, body, {"Host": self._parts.netloc, **headers})
            response = connection.getresponse()
            with contextlib.suppress(OSError, http.client.HTTPException):
                response.read(ANSWER)
            return response.status
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Undelivered(_said(error)) from None
        finally:
            connection.close()

    def _connected(self, host: str) -> socket.socket:
        port = self._parts.port or (443 if self._secure else 80)
        sock = connected(host, port, self._hook.timeout)
        if self._context is None:
            return sock
        try:
            return self._context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise


def trusting(authorities: str) -> ssl.SSLContext:
    """TLS 1.2 or better, certificate and name checked. Raises `InvalidSetting` where the file of authorities is none."""
    try:
        context = ssl.create_default_context(cafile=authorities or None)
    except (OSError, ssl.SSLError) as error:
        raise InvalidSetting(f"no file of certificates: {_said(error)}", where="authorities") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def connected(host: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection to the first address of the name that may be spoken to. Raises `Undelivered`, or OSError."""
    problem: OSError | None = None
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for _, _, _, _, address in addresses[:8]:
        if not speakable(str(address[0])):
            continue
        try:
            return socket.create_connection((str(address[0]), port), timeout)
        except OSError as error:
            problem = error
    raise problem or Undelivered("its name leads to an address that is never spoken to")


def speakable(address: str) -> bool:
    """Never link-local (where clouds keep the credentials of their machines), multicast or nowhere; an operator's own network
    is his to name."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or ip
    return not (inner.is_link_local or inner.is_multicast or inner.is_unspecified)


def _said(error: Exception) -> str:
    """What went wrong, without the address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else type(error).__name__
