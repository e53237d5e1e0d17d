"""The treasury's file formats: bank details checked, payment orders written, reports read back."""

from grantflow.treasury.iban import Bank, read_iban, spaced
from grantflow.treasury.orders import Order, Payer, pain001, plain, table
from grantflow.treasury.reports import Report, ReportLine, read_report

__all__ = [
    "Bank",
    "Order",
    "Payer",
    "Report",
    "ReportLine",
    "pain001",
    "plain",
    "read_iban",
    "read_report",
    "spaced",
    "table",
]
