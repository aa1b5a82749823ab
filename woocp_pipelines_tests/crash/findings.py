"""What must be true after the last run, whatever was killed or failed before it.

Belongs here: comparing a ledger with what the shop's orders must become, each fault a sentence.
Does not: reading (ledger.py), what the orders are (shop.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from woocp_pipelines.rules.document_keys import increment_number
from woocp_pipelines_tests.crash.ledger import Ledger, Row
from woocp_pipelines_tests.crash.shop import Expected

ZERO = Decimal(0)


@dataclass(frozen=True)
class Findings:
    """Faults by what they mean; nothing in any of them is what a run must leave."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    extra_notes: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Every fault."""
        return tuple(text for field in fields(self) for text in getattr(self, field.name))


def find_faults(start: Ledger, end: Ledger, expected: Mapping[int, Expected]) -> Findings:
    """Compare: each order booked exactly once, and everything else that follows from it."""
    booked = [order_id for order_id, one in expected.items() if one.status == "BOOKED"]
    return Findings(
        lost=tuple(_lost(end, booked)),
        doubled=(*_doubled(end), *_doubled_customers(start, end)),
        extra_notes=tuple(_extra_notes(end, booked)),
        other=(
            *_orders(end, expected),
            *_stock(start, end),
            *_counters(start, end),
            *_customers(start, end, expected),
            *_told(end, booked),
        ),
    )


def other_counts(undisturbed: Ledger, end: Ledger) -> tuple[str, ...]:
    """Tables that hold more or fewer rows than after a run that nobody disturbed."""
    names = sorted(undisturbed.counts | end.counts)
    return tuple(
        f"{name}: {end.counts.get(name, 0)} rows, undisturbed {undisturbed.counts.get(name, 0)}"
        for name in names
        if end.counts.get(name, 0) != undisturbed.counts.get(name, 0)
    )


def _documents(ledger: Ledger, kind: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in ledger.of("PS_DOC_HDR", DOC_TYP=kind):
        found[int(row["REF"].removeprefix("WOO "))].append(row)
    return found


def _lost(end: Ledger, booked: list[int]) -> Iterator[str]:
    documents = _documents(end, "O")
    for order_id in booked:
        if not documents[order_id]:
            yield f"order {order_id}: paid and without a document"


def _doubled(end: Ledger) -> Iterator[str]:
    for kind in "OT":
        for order_id, rows in _documents(end, kind).items():
            if len(rows) > 1:
                yield f"order {order_id}: {len(rows)} documents of type {kind}"
    for table, column in (("USER_ORDER_KEY", "WOO_ORDER_ID"), ("PS_DOC_HDR", "TKT_NO")):
        for value, count in Counter(row[column] for row in end.rows[table]).items():
            if count > 1:
                yield f"{table}.{column} {value}: {count} rows"


def _doubled_customers(start: Ledger, end: Ledger) -> Iterator[str]:
    for table, column in (("AR_CUST", "EMAIL_ADRS_1"), ("USER_CUSTOMER_MAP", "WOO_USER_ID")):
        before = {row["CUST_NO"] for row in start.rows[table]}
        new = [str(row[column]).lower() for row in end.rows[table] if row["CUST_NO"] not in before]
        for value, count in Counter(new).items():
            if count > 1:
                yield f"{table}.{column} {value}: {count} rows"


def _extra_notes(end: Ledger, booked: list[int]) -> Iterator[str]:
    for order_id, notes in end.notes.items():
        allowed = 1 if order_id in booked else 0
        for note in notes[allowed:]:
            yield f"order {order_id}: note too many: {note}"


def _orders(end: Ledger, expected: Mapping[int, Expected]) -> Iterator[str]:
    orders, deposits = _documents(end, "O"), _documents(end, "T")
    for order_id, one in expected.items():
        what = f"order {order_id}"
        rows = end.of("USER_ORDER_STAGING", WOO_ORDER_ID=order_id)
        yield from _differ(what, staged=([row["STATUS"] for row in rows], [one.status]))
        yield from _differ(what, deposits=(len(deposits[order_id]), one.deposits))
        if one.status == "BOOKED" and orders[order_id] and rows:
            yield from _booked(end, order_id, orders[order_id][0], deposits[order_id], rows[0])
        elif one.status != "BOOKED":
            yield from _differ(what, documents=(len(orders[order_id]), 0))
    for order_id in {*orders, *deposits} - set(expected):
        if orders[order_id] or deposits[order_id]:
            yield f"order {order_id}: has documents, must have none"


def _booked(
    end: Ledger, order_id: int, document: Row, deposits: list[Row], staged: Row
) -> Iterator[str]:
    what = f"order {order_id}"
    keys = end.of("USER_ORDER_KEY", WOO_ORDER_ID=order_id)
    ids = (document["DOC_ID"], document["TKT_NO"])
    deposit = deposits[0]["DOC_ID"] if deposits else None
    found = [(key["DOC_ID"], key["TKT_NO"], key["DEP_DOC_ID"]) for key in keys]
    totals = {(row["DOC_ID"], row["TOT_TYP"]): row for row in end.rows["PS_DOC_HDR_TOT"]}
    whole, total = totals[document["DOC_ID"], "O"], Decimal(end.orders[order_id]["total"])
    paid = totals[deposit, "S"]["TOT_TND"] if deposit else ZERO
    yield from _differ(
        what,
        key=(found, [(*ids, deposit)]),
        staging=((staged["DOC_ID"], staged["TKT_NO"]), ids),
        staging_customer=(staged["CUST_NO"], document["CUST_NO"]),
        claim=(staged["CLAIM_TOKEN"], None),
        total=(whole["TOT"], total),
        paid=((whole["TOT_TND"], paid), (total if deposit else ZERO,) * 2),
        deposit_customer=({row["CUST_NO"] for row in deposits} - {document["CUST_NO"]}, set()),
    )


def _stock(start: Ledger, end: Ledger) -> Iterator[str]:
    """Commitment and open orders are the start and the sum of the booked orders' lines."""
    sold: dict[str, Decimal] = defaultdict(lambda: ZERO)
    orders = {row["DOC_ID"] for row in end.of("PS_DOC_HDR", DOC_TYP="O")}
    for line in end.rows["PS_DOC_LIN"]:
        if line["DOC_ID"] in orders:
            sold[line["ITEM_NO"]] += line["QTY_SOLD"] * line["QTY_NUMER"] / line["QTY_DENOM"]
    before = {row["ITEM_NO"]: row for row in start.rows["IM_INV"]}
    for row in end.rows["IM_INV"]:
        for name in ("QTY_COMMIT", "QTY_ON_ORD"):
            must_be = before[row["ITEM_NO"]][name] + sold[row["ITEM_NO"]]
            yield from _differ(f"item {row['ITEM_NO']}", **{name: (row[name], must_be)})


def _counters(start: Ledger, end: Ledger) -> Iterator[str]:
    """Each document took one number, each new customer one: a rollback gave its own back."""
    orders, tickets = (len(end.of("PS_DOC_HDR", DOC_TYP=kind)) for kind in "OT")
    customers = len(end.rows["AR_CUST"]) - len(start.rows["AR_CUST"])
    for table, column, count in (
        ("PS_STA_CFG_PS", "NXT_ORD_NO", orders),
        ("PS_STA_CFG_PS", "NXT_TKT_NO", tickets),
        ("SY_WRKGRP", "NXT_CUST_NO", customers),
    ):
        must_be = start.rows[table][0][column]
        for _ in range(count):
            must_be = increment_number(must_be)
        yield from _differ(table, **{column: (end.rows[table][0][column], must_be)})


def _customers(start: Ledger, end: Ledger, expected: Mapping[int, Expected]) -> Iterator[str]:
    counted = Counter(row["CUST_NO"] for row in end.of("PS_DOC_HDR", DOC_TYP="O"))
    before = {row["CUST_NO"]: row["NO_OF_ORDS"] for row in start.rows["AR_CUST"]}
    emails = {}
    for row in end.rows["AR_CUST"]:
        cust_no = row["CUST_NO"]
        must_be = (before.get(cust_no) or 0) + counted[cust_no]
        yield from _differ(f"customer {cust_no}", NO_OF_ORDS=(row["NO_OF_ORDS"] or 0, must_be))
        if cust_no not in before:
            emails[cust_no] = str(row["EMAIL_ADRS_1"]).lower()
    for order_id, rows in _documents(end, "O").items():
        email = emails.get(rows[0]["CUST_NO"])
        if email and order_id in expected:
            yield from _differ(f"order {order_id}", customer=(email, expected[order_id].email))


def _told(end: Ledger, booked: list[int]) -> Iterator[str]:
    """The store has note and meta of every booking, and the outbox knows it."""
    for order_id in booked:
        messages = [row["STATUS"] for row in end.of("USER_STORE_OUTBOX", WOO_ORDER_ID=order_id)]
        yield from _differ(f"order {order_id}", outbox=(messages, ["SENT"]))
        notes = end.notes.get(order_id, [])
        for document in _documents(end, "O")[order_id][:1]:
            ids = (str(document["DOC_ID"]), document["TKT_NO"])
            note = f"Order created in CounterPoint. DOC_ID: {ids[0]}, TKT_NO: {ids[1]}"
            meta = [
                (each["key"], each["value"])
                for each in end.orders[order_id]["meta_data"]
                if each["key"].startswith("cp_")
            ]
            yield from _differ(
                f"order {order_id}",
                note=(notes[:1], [note]),
                meta=(sorted(meta), [("cp_doc_id", ids[0]), ("cp_tkt_no", ids[1])]),
            )


def _differ(what: str, **pairs: tuple[object, object]) -> Iterator[str]:
    for name, (is_now, must_be) in pairs.items():
        if is_now != must_be:
            yield f"{what}: {name} is {is_now}, must be {must_be}"
