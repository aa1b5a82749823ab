"""Which customer a WooCommerce user is, as far as prices are asked for by user id.

Belongs here: the active rows of USER_CUSTOMER_MAP. Does not: matching by e-mail, which is the
customer sync's (rules/customer_matching.py); a price is never given on a guess.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, literal_column, select

from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.pacing import Pace, no_rest, paced
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP

# Written out: with a parameter SQL Server could not use the index WHERE IS_ACTIVE = 1.
_IS_ACTIVE: Final = USER_CUSTOMER_MAP.c.IS_ACTIVE == literal_column("1")


def read_users(connection: Connection, pace: Pace = no_rest) -> Mapping[int, str]:
    """CUST_NO by WooCommerce user id; empty before `woocp db upgrade` has made the map.

    The map has no STORE_ID (CP §2.3): all its users are of one shop.
    One statement and a look into the catalog. A user with two active rows is left out: one of
    them would be another customer's prices.
    """
    if not table_exists(connection, USER_CUSTOMER_MAP.name):
        return {}
    table = USER_CUSTOMER_MAP.c
    users: dict[int, str] = {}
    doubtful = set()
    statement = select(table.WOO_USER_ID, table.CUST_NO).where(_IS_ACTIVE)
    for user, number in paced(connection.execute(statement), pace):
        if fold(users.setdefault(user, number)) != fold(number):
            doubtful.add(user)
    return {user: number for user, number in users.items() if user not in doubtful}
