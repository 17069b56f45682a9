"""Tables of payments nobody here shaped: csv, Parquet or JSON lines, read through a mapping, or through our guess at one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.mapping import Field, Mapping, guess_mapping, plain_name
from assay.formats.tabular import head, read_table, separator
from assay.kinds.payments.evidence import Payment

# Names that published data sets and core-banking exports give these columns, as `plain_name` writes them.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("id", "transactionid", "txid", "txnid", "paymentid", "transnum", "trxid", "reference", "uuid", "endtoendid", "uetr", "交易号", "流水号"),
    "time": (
        "time", "timestamp", "datetime", "txdatetime", "transdatetranstime", "transactiontime", "transactiondate",
        "transactiondatetime", "transactiondt", "date", "createdat", "bookingdate", "valuedate", "eventtime", "purchasedate",
        "purchasetime", "txtimestamp", "txtime", "step", "unixtime", "txtimeseconds", "day", "交易时间", "日期",
    ),
    "amount": ("amount", "amt", "txamount", "transactionamount", "transactionamt", "value", "purchasevalue", "sum", "total", "betrag", "importe", "montant", "金额", "交易金额"),
    "currency": ("currency", "currencycode", "ccy", "curr", "waehrung", "devise", "moneda", "币种"),
    "customer": ("customerid", "customer", "clientid", "client", "userid", "user", "custid", "cust", "holder", "nameorig", "accountholder", "客户号"),
    "account": ("account", "accountid", "accountnumber", "iban", "debtoriban", "debtoraccount", "senderaccount", "fromaccount", "originaccount", "账号"),
    "card": ("card", "cardid", "ccnum", "cardnumber", "pan", "creditcardnumber", "card1", "卡号"),
    "device": ("device", "deviceid", "deviceinfo", "devicefingerprint", "devicehash"),
    "ip": ("ip", "ipaddress", "ipaddr", "clientip"),
    "merchant": ("merchant", "merchantid", "merchantname", "shop", "store", "vendor", "商户"),
    "terminal": ("terminalid", "terminal", "posid", "tid", "atmid"),
    "payee": ("payee", "payeeid", "payeeaccount", "beneficiary", "beneficiaryaccount", "creditoriban", "creditoraccount", "receiveraccount", "toaccount", "namedest", "destaccount", "recipient", "收款人"),
    "payee_name": ("payeename", "beneficiaryname", "creditorname", "recipientname"),
    "channel": ("channel", "type", "transactiontype", "paymentmethod", "paymenttype", "entrymode", "txtype", "usechip", "渠道"),
    "merchant_category": ("merchantcategory", "category", "mcc", "merchantcategorycode", "categorycode", "productcd"),
    "country": ("country", "countrycode", "merchantcountry"),
    "latitude": ("merchlat", "latitude", "lat", "merchantlatitude"),
    "longitude": ("merchlong", "longitude", "lon", "long", "lng", "merchantlongitude"),
    "declined": ("declined", "isdeclined", "refused"),
    "vehicle": ("vehicle", "vehicleid", "vin"),
    "balance": ("balance", "oldbalanceorg", "balancebefore", "accountbalance", "余额"),
}  # fmt: skip
LABELS = (
    "isfraud",
    "fraud",
    "txfraud",
    "label",
    "class",
    "fraudlabel",
    "fraudind",
    "isfraudulent",
    "fraudulent",
    "target",
    "truth",
    "fraudbool",
    "欺诈",
)
_NEVER_EXTRA = ("scenario", "truth", "label", "fraud", "chargeback", "isflagged")  # such columns tell the answer


class PaymentTable:
    """Reads a table as payments. Without a mapping it guesses one (`guess`)."""

    name = "payments.table"
    maps = "payment"

    def sniff(self, head: bytes, path: Path) -> float:
        """Sure in proportion to the fields recognised; needs at least an amount and a time, or a file that is ours."""
        suffix = path.suffix.lower()
        try:
            if suffix in (".parquet", ".pq") and head[:4] == b"PAR1":
                import polars as pl

                names = pl.read_parquet_schema(path).keys() if path.exists() else ()
                return _sureness(names)
            if suffix in (".csv", ".tsv", ".txt"):
                text = head.decode("utf-8", "replace")
                return _sureness([n.strip('" \r') for n in text.split("\n", 1)[0].split(separator(text))])
            if suffix in (".jsonl", ".ndjson"):
                import msgspec

                plain = msgspec.json.decode(head.split(b"\n", 1)[0])
                return _sureness(plain) if isinstance(plain, dict) and "kind" not in plain else 0.0
        except Exception:  # a file that is not what its name says is simply not ours
            return 0.0
        return 0.0

    def guess(self, path: Path) -> Mapping:
        """Our mapping for this table; `UnreadableInput` says what we could not find."""
        sample = head(path)
        mapping = guess_mapping(Payment, sample.columns, sample.to_dict(as_series=False), SYNONYMS, LABELS)
        missing = [f for f in ("time", "amount") if f not in mapping.fields]
        if missing:
            raise UnreadableInput(
                f"no column looks like {' or '.join(missing)}", where=str(path), hint="write a mapping: docs/mapping.md"
            )
        fields = _plausible(mapping.fields, sample.to_dict(as_series=False))
        assert isinstance(mapping.extra, list)
        dropped = [f.column for k, f in mapping.fields.items() if k not in fields and f.column]
        extra = [c for c in [*mapping.extra, *dropped] if not any(word in plain_name(c) for word in _NEVER_EXTRA)]
        return Mapping(mapping.kind, fields, mapping.label, extra)

    def read(
        self, path: Path, *, mapping: Mapping | None = None, reject: Callable[[RowError], None]
    ) -> Iterator[Batch[Any]]:
        yield from read_table(path, mapping or self.guess(path), Payment, reject)


def _sureness(names: Any) -> float:
    plain = {plain_name(n) for n in names}
    known = {field for field, synonyms in SYNONYMS.items() if plain & set(synonyms)}
    if not {"amount", "time"} <= known:
        return 0.0
    return min(0.95, 0.5 + 0.1 * len(known - {"amount", "time"}) + 0.1 * bool(plain & set(LABELS)))


def _plausible(fields: dict[str, Field], sample: dict[str, list[Any]]) -> dict[str, Field]:
    """Drop guesses whose values cannot be such a field: a country that is no ISO code, an id that repeats."""
    kept = dict(fields)
    for name, field in fields.items():
        values = [str(v) for v in sample.get(field.column or "", ()) if v not in (None, "")]
        if name in ("country", "currency"):
            width = 2 if name == "country" else 3
            wrong = any(len(v) != width or not v.isalpha() or not v.isupper() for v in values)
        else:
            wrong = name == "id" and len(set(values)) < len(values)
        if wrong:
            del kept[name]
    return kept
