"""Reading who the web customers are: map rows and the customers that carry an e-mail.

Belongs here: the statements. The decision is rules/customer_matching.py.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, null, or_, select

from woocp_pipelines.counterpoint.customer_staging import StagedRows, read_staged_of
from woocp_pipelines.counterpoint.gone_accounts import GONE, REPLACED, read_returned
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS
from woocp_pipelines.counterpoint.tables import AR_CUST, USER_CUSTOMER_MAP
from woocp_pipelines.rules.customer_matching import (
    Candidate,
    CustomerIndex,
    Linked,
    MapRow,
    Match,
    Unknown,
)
from woocp_pipelines.rules.customer_reading import WebCustomer

# A column that only `woocp db upgrade` adds to the retailer's own table.
ACCOUNT_STATE: Final = (USER_CUSTOMER_MAP.name, USER_CUSTOMER_MAP.c.ACCOUNT_STATE.name)
_EMAIL_COLUMNS: Final = (AR_CUST.c.EMAIL_ADRS_1, AR_CUST.c.EMAIL_ADRS_2)


def read_customer_index(
    connection: Connection,
    user_ids: Collection[int],
    emails: Collection[str],
    *,
    map_exists: bool = True,
    is_marked: bool = True,
) -> CustomerIndex:
    """Read all that is needed to decide who these users and e-mails are.

    Tables: AR_CUST, USER_CUSTOMER_MAP. No index serves a trimmed e-mail: one scan of AR_CUST,
    however many are asked for. Three statements, and one where accounts are gone; more than fit
    one statement are not asked for by name, then all rows are read. Before `woocp db upgrade` there
    may be no map (`map_exists`), or one without the mark of deleted accounts (`is_marked`).
    """
    candidates = list(_candidates(connection, sorted(emails)))
    if not map_exists:
        return CustomerIndex((), candidates)
    table = USER_CUSTOMER_MAP
    cust_nos = sorted({candidate.cust_no for candidate in candidates})
    mark = table.c.ACCOUNT_STATE if is_marked else null()
    found = _map_rows(connection, table.c.WOO_USER_ID, sorted(user_ids), mark)
    # Who else has the customers that the e-mails name.
    others = _map_rows(connection, table.c.CUST_NO, cust_nos, mark)
    rows = {row.MAP_ID: row for row in (*found, *others)}.values()
    marked = {row.WOO_USER_ID for row in rows if row.MARK == GONE}
    returned = read_returned(connection, marked)
    return CustomerIndex(
        {
            MapRow(
                row.CUST_NO,
                row.WOO_USER_ID,
                exists=row.FOUND is not None,
                gone=not row.IS_ACTIVE or (row.MARK == GONE and row.WOO_USER_ID not in returned),
            )
            for row in rows
            if row.IS_ACTIVE or row.MARK == REPLACED
        },
        candidates,
        {(row.CUST_NO, row.WOO_USER_ID) for row in rows if row.IS_ACTIVE is False},
    )


def find_customers(
    connection: Connection, customers: Collection[WebCustomer], staged: StagedRows
) -> list[Match]:
    """Who some web customers are, as the database says now; reads only.

    Args:
        connection: reading, or a transaction that will write what is found.
        customers: no two of one user or e-mail.
        staged: their rows: a guest without e-mail is found again by the order, whose row names
            the customer.
    """
    users = {each.user_id for each in customers if each.user_id is not None}
    emails = {each.email for each in customers if each.email}
    index = read_customer_index(connection, users, emails)
    matches = []
    for each in customers:
        match = _match(index, each, staged)
        if isinstance(match, Linked) and match.problem() is None:
            # The next one may name the same customer by its other e-mail.
            index.add(match.cust_no, each.user_id, each.email)
        matches.append(match)
    return matches


def find_customer(connection: Connection, store_id: str, customer: WebCustomer) -> Match:
    """`find_customers` for one."""
    staged = read_staged_of(connection, store_id, [customer])
    return find_customers(connection, [customer], staged)[0]


def _match(index: CustomerIndex, customer: WebCustomer, staged: StagedRows) -> Match:
    if customer.user_id is not None or customer.email:
        return index.match(customer.user_id, customer.email)
    row = staged.of(customer)
    return Linked(row.cust_no) if row and row.cust_no else Unknown()


def _candidates(connection: Connection, emails: list[str]) -> Iterable[Candidate]:
    if not emails:
        return
    statement = select(AR_CUST.c.CUST_NO, *_EMAIL_COLUMNS)
    if len(emails) <= MAX_PARAMETERS // len(_EMAIL_COLUMNS):
        matches = (_comparable(column).in_(emails) for column in _EMAIL_COLUMNS)
        statement = statement.where(or_(*matches))
    else:
        statement = statement.where(or_(*(column.is_not(None) for column in _EMAIL_COLUMNS)))
    for row in connection.execute(statement):
        yield Candidate(row.CUST_NO, row.EMAIL_ADRS_1, row.EMAIL_ADRS_2)


def _comparable(column: ColumnElement[str | None]) -> ColumnElement[str]:
    return func.lower(func.ltrim(func.rtrim(column)))


def _map_rows(
    connection: Connection,
    column: ColumnElement[Any],
    values: Sequence[int | str],
    mark: ColumnElement[Any],
) -> Iterable[Row[Any]]:
    if not values:
        return ()
    table = USER_CUSTOMER_MAP
    joined = table.outerjoin(AR_CUST, AR_CUST.c.CUST_NO == table.c.CUST_NO)
    statement = select(
        table.c.MAP_ID,
        table.c.CUST_NO,
        table.c.WOO_USER_ID,
        table.c.IS_ACTIVE,
        mark.label("MARK"),
        AR_CUST.c.CUST_NO.label("FOUND"),
    ).select_from(joined)
    if len(values) <= MAX_PARAMETERS:
        statement = statement.where(column.in_(values))
    return connection.execute(statement.order_by(table.c.MAP_ID)).all()
