"""What the receiving server noted is read as RFC 8601 says, and only whom it speaks of counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kinds.messages.sender.authentication import authentication, parse_results


def results(
    *fields: str, registered: str = "bank.example", trusted: tuple[str, ...] = (), extra: tuple[str, ...] = ()
) -> object:
    headers = [("authentication-results", field, 0) for field in fields] + [(name, "x", 0) for name in extra]
    return authentication(headers, registered, trusted)


GMAIL = (
    "mx.google.com;\n dkim=pass header.i=@mail.bank.example header.s=s1 header.b=AbC;\n spf=pass (google.com: domain of a@bank.example "
    "designates 1.2.3.4 as permitted sender) smtp.mailfrom=a@bank.example;\n dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=bank.example"
)


def test_a_field_as_a_large_provider_writes_it() -> None:
    server, methods, policy = parse_results(GMAIL)
    assert (server, policy) == ("mx.google.com", "reject")
    assert [(m.name, m.result, m.domain) for m in methods] == [
        ("dkim", "pass", "mail.bank.example"), ("spf", "pass", "bank.example"), ("dmarc", "pass", "bank.example"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "authentic", "failed"),
    [
        (GMAIL, True, False),
        ("mx; dmarc=fail header.from=bank.example", False, True),
        ("mx; spf=pass smtp.mailfrom=mailer.example; dmarc=fail header.from=bank.example", False, True),
        ("mx; dkim=pass header.d=mail.bank.example", True, False),  # aligned without a word on DMARC
        ("mx; spf=pass smtp.mailfrom=bounce@bank.example", True, False),
        ("mx; spf=pass smtp.mailfrom=bank.example.evil.example", False, False),
        ("mx; dkim=fail header.d=bank.example; spf=softfail smtp.mailfrom=bank.example", False, False),
        ("mx; dmarc=none header.from=bank.example", False, False),
        ("mx; none", False, False),
        ("mx 1; dmarc=pass", True, False),
    ],
)
def test_what_vouches(field: str, authentic: bool, failed: bool) -> None:
    found = results(field)
    assert (found.authentic, found.failed) == (authentic, failed)  # type: ignore[attr-defined]


def test_only_a_trusted_server_is_believed_where_one_is_named() -> None:
    forged, real = (
        "evil.example; dmarc=pass header.from=bank.example",
        "mx.bank.example; dmarc=fail header.from=bank.example",
    )
    assert results(forged, real, trusted=("mx.bank.example",)).failed  # type: ignore[attr-defined]
    assert results(real, forged).failed  # type: ignore[attr-defined]  # the topmost was written last
    assert not results(forged, trusted=("mx.bank.example",)).authentic  # type: ignore[attr-defined]


def test_a_list_or_a_seal_means_it_was_forwarded() -> None:
    assert results("mx; dmarc=fail", extra=("list-id",)).forwarded  # type: ignore[attr-defined]
    assert results("mx; dmarc=fail; arc=pass").forwarded  # type: ignore[attr-defined]
    assert not results("mx; dmarc=fail").forwarded  # type: ignore[attr-defined]


@given(st.text(alphabet='mx;=().dkimspfdmarc passfail\n"@', max_size=200))
def test_any_field_can_be_read(field: str) -> None:
    parse_results(field)
    results(field)
