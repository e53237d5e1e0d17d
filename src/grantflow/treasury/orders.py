"""Payment orders as files: ISO 20022 pain.001 for the bank and a table for the treasury."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import sepaxml
from lxml import etree
from sepaxml import SepaTransfer

from grantflow.errors import Invalid, Problem
from grantflow.treasury.iban import read_iban

SCHEMA = "pain.001.001.09"
_NS = f"{{urn:iso:std:iso:20022:tech:xsd:{SCHEMA}}}"
COLUMNS = (
    "end_to_end_id", "reference", "holder", "iban", "bic", "amount", "currency", "purpose",
    "execution_date",
)  # fmt: skip
_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)
_CENT = Decimal("0.01")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Payer:
    """Whose account the money leaves."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True)
class Order:
    """One payment of a file (euro)."""

    end_to_end_id: str
    reference: str
    holder: str
    iban: str
    bic: str
    amount: Decimal
    purpose: str


def plain(text: str, most: int) -> str:
    """A text in the signs every bank takes, umlauts written out, cut to its length."""
    written = text.translate(_GERMAN)
    return "".join(sign if sign.isprintable() else " " for sign in written)[:most].strip()


def pain001(
    message_id: str, made_at: datetime, execution_on: date, payer: Payer, orders: Sequence[Order]
) -> bytes:
    """The orders as a SEPA credit transfer (pain.001.001.09), checked against the schema.

    The same orders always give the same bytes. Raises Invalid that names every order whose amount
    is not above zero or has a third decimal, and every wrong IBAN; lxml's DocumentInvalid when the
    result is not valid, which would be a fault of ours.
    """
    _require_sound(payer, orders)
    config = {"name": plain(payer.name, 70), "IBAN": payer.iban, "batch": True, "currency": "EUR"}
    if payer.bic:
        config["BIC"] = payer.bic
    transfer = SepaTransfer(config, schema=SCHEMA, clean=True)
    for order in orders:
        payment = {
            "name": plain(order.holder, 70),
            "IBAN": order.iban,
            "amount": int(order.amount * 100),
            "execution_date": execution_on,
            "description": plain(order.purpose, 140),
            "endtoend_id": order.end_to_end_id,
        }
        transfer.add_payment(payment | ({"BIC": order.bic} if order.bic else {}))
    root = etree.fromstring(transfer.export(validate=False))
    # The library names messages by chance and reads the clock; a file must be the same each time.
    root.find(f".//{_NS}MsgId").text = message_id
    root.find(f".//{_NS}CreDtTm").text = made_at.strftime("%Y-%m-%dT%H:%M:%S")
    for number, batch in enumerate(root.iter(f"{_NS}PmtInfId"), 1):
        batch.text = f"{message_id}-{number}"
    _schema().assertValid(root)
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return xml


@cache
def _schema() -> etree.XMLSchema:
    """Read once: the library's own check reads it for every file, at a tenth of a second each."""
    return etree.XMLSchema(file=Path(sepaxml.__file__).parent / "schemas" / f"{SCHEMA}.xsd")


def _require_sound(payer: Payer, orders: Sequence[Order]) -> None:
    problems = list(_iban_faults(payer.iban, "payer"))
    if not orders:
        problems.append(Problem("money.orders_missing", place="orders"))
    for order in orders:
        if order.amount <= 0 or order.amount != order.amount.quantize(_CENT):
            params = {"name": order.end_to_end_id, "amount": str(order.amount)}
            problems.append(Problem("money.order_amount", params, order.end_to_end_id))
        problems += _iban_faults(order.iban, order.end_to_end_id)
    if problems:
        raise Invalid(problems)


def _iban_faults(iban: str, place: str) -> Sequence[Problem]:
    try:
        read_iban(iban, place)
    except Invalid as error:
        return error.problems
    return ()


def table(orders: Sequence[Order], execution_on: date) -> bytes:
    """The orders as CSV: UTF-8, semicolons, amounts with a point, dates as YYYY-MM-DD."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for order in orders:
        writer.writerow(
            (
                order.end_to_end_id,
                harmless(order.reference),
                harmless(order.holder),
                order.iban,
                order.bic,
                f"{order.amount:.2f}",
                "EUR",
                harmless(order.purpose),
                execution_on.isoformat(),
            )
        )
    return sheet.getvalue().encode("utf-8")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
