"""Compares a sandbox after all syncs with what must have come out; demo and tests ask it.

Belongs here: reading both sides' records and naming each difference in a sentence. Does not: the
expectation (retailer/expectations.py). It reads tables and records as they are, through no flow,
so that a fault of a flow cannot hide itself. Revisions of booked orders are not compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    PS_DOC_LIN,
    USER_CUSTOMER_MAP,
    USER_ORDER_STAGING,
)
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.sandbox.opening import Sandbox
from woocp_pipelines.sandbox.retailer.codes import STATION
from woocp_pipelines.sandbox.retailer.expectations import ExpectedOrder
from woocp_pipelines.sandbox.store.users import roles_of

AnyRow = Row[Any]
_STATUS: Final = {"booked": "BOOKED", "held": "HELD", "refused": "REFUSED", "ignored": None}


class _Found:
    """What the two sides hold, read once."""

    def __init__(self, connection: Connection) -> None:
        self.staged = _by(connection, USER_ORDER_STAGING, "WOO_ORDER_ID")
        self.totals = {
            (row.DOC_ID, row.TOT_TYP): row for row in connection.execute(select(PS_DOC_HDR_TOT))
        }
        self.customers = _by(connection, AR_CUST, "CUST_NO")
        self.mapped = {
            user: row.CUST_NO
            for user, row in _by(connection, USER_CUSTOMER_MAP, "WOO_USER_ID").items()
        }
        self.documents: dict[tuple[str, str], list[AnyRow]] = {}
        for row in connection.execute(select(PS_DOC_HDR).where(PS_DOC_HDR.c.STA_ID == STATION)):
            self.documents.setdefault((row.REF, row.DOC_TYP), []).append(row)
        self.lines: dict[int, list[AnyRow]] = {}
        lines = select(PS_DOC_LIN).order_by(PS_DOC_LIN.c.DOC_ID, PS_DOC_LIN.c.LIN_SEQ_NO)
        for row in connection.execute(lines):
            self.lines.setdefault(row.DOC_ID, []).append(row)
        self.letters = {
            (str(row["KIND"]), row["SKU"] if row["KIND"] == "product" else row["RECORD_KEY"]): row
            for row in read_dead_letters(connection, "main")
        }


def differences(sandbox: Sandbox, connection: Connection | None = None) -> list[str]:
    """Every difference between what is and what must be; empty when all is as it must be.

    Args:
        sandbox: open, its customers synced once more after the orders were booked.
        connection: what is read through, when not the committed state.
    """
    with nullcontext(connection) if connection else reading(sandbox.engine) as chosen:
        found = _Found(chosen)
    expected = sandbox.expected
    return [
        *(text for order in expected.orders.values() for text in _order(order, found)),
        *_no_other_documents(expected.of("booked"), found),
        *_accounts(sandbox, found),
        *_users(sandbox, found),
        *_stock(sandbox),
        *_product_letters(expected.product_problems, found),
    ]


def _by(connection: Connection, table: Table, key: str) -> dict[Any, AnyRow]:
    return {row._mapping[key]: row for row in connection.execute(select(table))}  # noqa: SLF001


def _differ(what: str, **pairs: tuple[object, object]) -> Iterator[str]:
    for name, (is_now, must_be) in pairs.items():
        if is_now != must_be:
            yield f"{what}: {name} is {is_now}, must be {must_be}"


def _order(order: ExpectedOrder, found: _Found) -> Iterator[str]:
    what = f"order {order.order_id}"
    staged = found.staged.get(order.order_id)
    is_now = staged and staged.STATUS
    yield from _differ(what, status=(is_now, _STATUS[order.outcome]))
    if order.outcome == "refused":
        letter = found.letters.get(("order", str(order.order_id)))
        yield from _differ(what, dead_letter=(letter and letter["CODE"], order.code))
    if order.outcome == "booked":
        headers = found.documents.get((f"WOO {order.order_id}", "O"), [])
        deposits = found.documents.get((f"WOO {order.order_id}", "T"), [])
        counts = (len(headers), len(deposits))
        yield from _differ(what, documents=(counts, (1, 1 if order.deposit else 0)))
        if len(headers) == 1:
            yield from _document(what, order, headers[0], found)


def _document(what: str, order: ExpectedOrder, header: AnyRow, found: _Found) -> Iterator[str]:
    total = found.totals[header.DOC_ID, "O"]
    yield from _differ(
        what,
        total=(total.TOT, order.total),
        deposit=(total.TOT_TND, order.deposit),
        tax=(total.TAX_AMT, order.tax),
        tax_code=(header.TAX_COD, order.tax_code),
        lines=(_lines(found.lines.get(header.DOC_ID, [])), _expected_lines(order)),
    )
    if order.customer:
        yield from _differ(what, customer=(header.CUST_NO, order.customer))
    else:
        email = found.customers[header.CUST_NO].EMAIL_ADRS_1
        yield from _differ(what, new_customer=(email, order.email))


def _lines(rows: Iterable[AnyRow]) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    return [
        (
            row.ITEM_NO,
            row.SELL_UNIT,
            row.QTY_SOLD,
            row.QTY_SOLD * row.QTY_NUMER / row.QTY_DENOM,
            row.EXT_PRC,
        )
        for row in rows
    ]


def _expected_lines(order: ExpectedOrder) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    return [
        (line.item_no, line.sell_unit, line.quantity, line.stocking, line.extended)
        for line in order.lines
    ]


def _no_other_documents(booked: Iterable[ExpectedOrder], found: _Found) -> Iterator[str]:
    known = {f"WOO {order.order_id}" for order in booked}
    for reference, kind in found.documents:
        if reference not in known:
            yield f"document {reference} of type {kind} exists, must not"


def _accounts(sandbox: Sandbox, found: _Found) -> Iterator[str]:
    for user, account in sandbox.expected.accounts.items():
        what = f"account {user}"
        cust_no = found.mapped.get(user)
        letter = found.letters.get(("customer", str(user)))
        yield from _differ(what, dead_letter=(letter and letter["CODE"], account.code))
        if account.outcome == "created":
            email = found.customers[cust_no].EMAIL_ADRS_1 if cust_no else None
            yield from _differ(what, customer=(email, account.person.email.lower()))
        else:
            must_be = None if account.outcome in {"refused", "staff"} else account.cust_no
            yield from _differ(what, customer=(cust_no, must_be))


def _users(sandbox: Sandbox, found: _Found) -> Iterator[str]:
    """What the store knows of its customers: number, tier, and the role of the tier."""
    for user, cust_no in found.mapped.items():
        record = sandbox.state.peek("customer", user) or {}
        meta = {row["key"]: row["value"] for row in record.get("meta_data", ())}
        tier = found.customers[cust_no].PROF_COD_1
        yield from _differ(
            f"user {user}",
            number=(meta.get("cp_cust_no"), cust_no),
            tier=(meta.get("cp_tier"), tier),
            roles=(sorted(roles_of(record)), sorted(sandbox.expected.roles_of(user, tier))),
        )


def _stock(sandbox: Sandbox) -> Iterator[str]:
    shown = {
        record["sku"]: record["stock_quantity"]
        for record in (*sandbox.state.rows("product"), *sandbox.state.rows("variation"))
    }
    for sku, quantity in sandbox.expected.stock.items():
        # Stock that is left alone keeps what it had, which is none of the shop's own zeros.
        if quantity is None:
            if shown[sku] == ZERO:
                yield f"product {sku}: stock was set to 0, must be left alone"
        else:
            yield from _differ(f"product {sku}", stock=(shown[sku], quantity))


def _product_letters(expected: Mapping[str, str], found: _Found) -> Iterator[str]:
    for sku, code in expected.items():
        letter = found.letters.get(("product", sku))
        yield from _differ(f"product {sku}", dead_letter=(letter and letter["CODE"], code))
    for kind, sku in found.letters:
        if kind == "product" and sku not in expected:
            yield f"product {sku}: has a dead letter, must have none"
