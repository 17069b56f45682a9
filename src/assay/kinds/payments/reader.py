"""Tables of payments nobody here shaped: csv, Parquet or JSON lines, read through a mapping, or through our guess at one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.delimited import column_names
from assay.formats.guess import guess_mapping, named, plain_name
from assay.formats.mapping import Field, Mapping
from assay.formats.tabular import head, read_table
from assay.formats.written import numbers_in
from assay.kinds.payments.evidence import Payment

# Names that published data sets and core-banking exports give these columns, as `plain_name` writes them.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("id", "transactionid", "txid", "txnid", "paymentid", "transnum", "trxid", "reference", "uuid", "endtoendid", "uetr", "交易号", "流水号", "交易流水号", "订单号"),
    "time": (
        "time", "timestamp", "datetime", "txdatetime", "transdatetranstime", "transactiontime", "transactiondate",
        "transactiondatetime", "transactiondt", "date", "createdat", "bookingdate", "valuedate", "eventtime", "purchasedate",
        "purchasetime", "txtimestamp", "txtime", "step", "unixtime", "txtimeseconds", "day", "buchungstag", "buchungsdatum", "datum",
        "valutadatum", "wertstellung", "dateoperation", "datedeloperation", "datevaleur", "fecha", "fechaoperacion", "fechavalor",
        "dataoperazione", "datacontabile", "datavaluta", "datatransacao", "transactiedatum", "boekdatum", "postingdate", "postdate", "starteddate", "completeddate", "createdon",
        "交易时间", "交易日期", "交易日期时间", "时间", "日期", "记账日期",
    ),
    "amount": ("amount", "amt", "txamount", "transactionamount", "transactionamt", "value", "purchasevalue", "sum", "total", "betrag", "umsatz", "importe", "montant", "importo", "valor", "bedrag", "gross", "brutto", "sourceamount", "金额", "交易金额", "支付金额", "发生额"),
    "currency": ("currency", "currencycode", "ccy", "curr", "waehrung", "wahrung", "devise", "moneda", "divisa", "valuta", "moeda", "munt", "币种", "货币"),
    "customer": ("customerid", "customer", "clientid", "client", "userid", "user", "custid", "cust", "holder", "nameorig", "accountholder", "kunde", "kundennummer", "cliente", "klant", "客户号", "客户编号", "客户", "用户", "用户编号"),
    "account": ("account", "accountid", "accountnumber", "iban", "debtoriban", "debtoraccount", "senderaccount", "fromaccount", "originaccount", "konto", "kontonummer", "compte", "cuenta", "conto", "conta", "rekening", "账号", "账户", "付款账号"),
    "card": ("card", "cardid", "ccnum", "cardnumber", "pan", "creditcardnumber", "card1", "karte", "kartennummer", "carte", "tarjeta", "carta", "cartao", "卡号", "银行卡号"),
    "device": ("device", "deviceid", "deviceinfo", "devicefingerprint", "devicehash", "gerat", "geraet", "appareil", "dispositivo", "设备", "设备号"),
    "ip": ("ip", "ipaddress", "ipaddr", "clientip"),
    "merchant": ("merchant", "merchantid", "merchantname", "shop", "store", "vendor", "handler", "haendler", "commercant", "comercio", "商户", "商户号", "商户名称", "商户编号"),
    "terminal": ("terminalid", "terminal", "posid", "tid", "atmid", "终端", "终端号"),
    "payee": ("payee", "payeeid", "payeeaccount", "beneficiary", "beneficiaryaccount", "creditoriban", "creditoraccount", "receiveraccount", "toaccount", "namedest", "destaccount", "recipient", "empfanger", "zahlungsempfangerin", "zahlungsempfanger", "empfaenger", "beneficiaire", "beneficiario", "begunstigter", "tegenrekening", "收款人", "收款账号", "对方账号", "对方账户"),
    "payee_name": ("payeename", "beneficiaryname", "creditorname", "recipientname", "toemailaddress", "交易对方", "收款人姓名", "对方户名"),
    "channel": ("channel", "type", "transactiontype", "paymentmethod", "paymenttype", "entrymode", "txtype", "usechip", "umsatztyp", "渠道", "交易渠道", "支付方式"),
    "merchant_category": ("merchantcategory", "category", "mcc", "merchantcategorycode", "categorycode", "productcd"),
    "country": ("country", "countrycode", "merchantcountry", "land", "pays", "pais", "国家"),
    "latitude": ("merchlat", "latitude", "lat", "merchantlatitude"),
    "longitude": ("merchlong", "longitude", "lon", "long", "lng", "merchantlongitude"),
    "declined": ("declined", "isdeclined", "refused"),
    "vehicle": ("vehicle", "vehicleid", "vin"),
    "balance": ("balance", "oldbalanceorg", "balancebefore", "accountbalance", "saldo", "solde", "kontostand", "余额"),
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
    "betrug",
    "fraude",
    "欺诈",
    "是否欺诈",
    "欺诈标记",
)
_SIGNS = {
    r"€|eur": "EUR",
    r"\$|usd": "USD",
    r"£|gbp": "GBP",
    r"chf|fr\.": "CHF",
    r"rmb|cny|元|人民币": "CNY",
    r"¥|jpy|円": "JPY",
}
_NEVER_EXTRA = ("scenario", "truth", "label", "fraud", "chargeback", "isflagged")  # such columns tell the answer


class PaymentTable:
    """Reads a table as payments. Without a mapping it guesses one (`guess`)."""

    name = "payments.table"
    maps = "payment"

    def sniff(self, head: bytes, path: Path) -> float:
        """Sure in proportion to the fields recognised; needs at least an amount and a time, or a file that is ours."""
        return _sureness(column_names(head, path))

    def guess(self, path: Path) -> Mapping:
        """Our mapping for this table; `UnreadableInput` says what we could not find."""
        sample = head(path)
        mapping = guess_mapping(Payment, sample.columns, sample.to_dict(as_series=False), SYNONYMS, LABELS)
        missing = [f for f in ("time", "amount") if f not in mapping.fields]
        if missing:
            raise UnreadableInput(
                f"no column looks like {' or '.join(missing)}", where=str(path), hint="write a mapping: docs/mapping.md"
            )
        fields = _plausible(mapping.fields, sample.to_dict(as_series=False)) | _money(mapping, sample)
        assert isinstance(mapping.extra, list)
        dropped = [f.column for k, f in mapping.fields.items() if k not in fields and f.column]
        extra = [c for c in [*mapping.extra, *dropped] if not any(word in plain_name(c) for word in _NEVER_EXTRA)]
        return msgspec.structs.replace(mapping, fields=fields, extra=extra)

    def read(
        self, path: Path, *, mapping: Mapping | None = None, reject: Callable[[RowError], None]
    ) -> Iterator[Batch[Any]]:
        yield from read_table(path, mapping or self.guess(path), Payment, reject)


def _sureness(names: Sequence[str]) -> float:
    plain = named(names).keys()
    known = {field for field, synonyms in SYNONYMS.items() if plain & set(synonyms)}
    if not {"amount", "time"} <= known:
        return 0.0
    return min(0.95, 0.5 + 0.1 * len(known - {"amount", "time"}) + 0.1 * bool(plain & set(LABELS)))


def _money(mapping: Mapping, sample: Any) -> dict[str, Field]:
    """What the amounts say beside their number: money that leaves is written with a minus in statements of account, and their column
    may name the currency."""
    column = mapping.fields["amount"].column or ""
    values = numbers_in(sample[column].cast(str), mapping.decimal).drop_nulls()
    found = {"amount": Field(column=column, scale=-1.0)} if len(values) and (values < 0).sum() * 2 > len(values) else {}
    code = next((code for sign, code in _SIGNS.items() if re.search(rf"(?i:(?<![a-z]){sign}(?![a-z]))", column)), None)
    return found if code is None or "currency" in mapping.fields else found | {"currency": Field(constant=code)}


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
