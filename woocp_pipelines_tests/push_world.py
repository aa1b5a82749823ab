"""A shop and Counterpoint with people who are known to both, for tests of the customer push.

Belongs here: the builder. Does not: assertions.
"""

from pydantic import SecretStr
from sqlalchemy import insert, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import AR_CUST, USER_CUSTOMER_MAP, USER_DEAD_LETTER
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.sandbox.store import (
    ApiKey,
    StoreServer,
    StoreState,
    add_application_password,
)
from woocp_pipelines.sandbox.store.users import add_roles, roles_of
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.customer_world import (
    KEY,
    NOW,
    SECRET,
    known_customer,
    rows,
    settings_for,
    user,
)

PASSWORD = "abcd EFGH 1234"
TIERS = [f"tier_{number}_customers" for number in (1, 2, 3)]


class PushShop:
    """A store and Counterpoint, with people who are known to both."""

    def __init__(self, engine, folder):
        self.engine = engine
        self.now = NOW
        self.state = StoreState.open(folder / "store.sqlite")
        self.state.add_key(ApiKey(KEY, SECRET))
        # Lower than all others, so that it is never mapped by chance.
        self.add_user(1, "administrator", username="boss")
        add_application_password(self.state, "boss", PASSWORD)
        add_roles(self.state, [*TIERS, "newsletter"])
        self.server = StoreServer(self.state)

    def add_user(self, user_id, *roles, **changes):
        record = {**user(user_id, email=f"user{user_id}@x.test"), "billing": {}, "shipping": {}}
        roles = roles or ("customer",)
        self.state.add_customer({**record, "role": roles[0], "_roles": list(roles), **changes})

    def add(self, user_id, tier, *roles, **columns):
        """A mapped customer: CUST_NO is the user id, five digits."""
        cust_no = f"{user_id:05d}"
        self.add_user(user_id, *roles)
        known_customer(self.engine, cust_no, PROF_COD_1=tier, CATEG_COD="WEB", **columns)
        row = {"CUST_NO": cust_no, "WOO_USER_ID": user_id, "IS_ACTIVE": True}
        with writing(self.engine) as connection:
            connection.execute(insert(USER_CUSTOMER_MAP).values(**row))

    def set_customer(self, user_id, **columns):
        statement = update(AR_CUST).where(AR_CUST.c.CUST_NO == f"{user_id:05d}").values(**columns)
        with writing(self.engine) as connection:
            connection.execute(statement)

    def context(self, *, password=PASSWORD, **customers):
        settings = settings_for(self.server.url, customers=customers)
        login = {"wp_user": "boss", "wp_app_password": SecretStr(password)} if password else {}
        settings = settings.model_copy(
            update={"connections": settings.connections.model_copy(update=login)}
        )
        self.client = StoreClient(self.server.url, KEY, SECRET, sleep=lambda _: None, attempts=1)
        return FlowContext(settings, self.engine, self.client, clock=lambda: self.now)

    def sync(self, mode=None, **settings):
        self.server.requests.clear()
        context = self.context(**settings)
        with context.store:
            return sync_customers(context, mode=mode)

    def requests(self):
        return [(row.method, row.path) for row in self.server.requests.rows()]

    def meta(self, user_id):
        return {
            row["key"]: row["value"] for row in self.state.find("customer", user_id)["meta_data"]
        }

    def roles(self, user_id):
        return roles_of(self.state.find("customer", user_id))

    def letters(self, *, closed=False):
        return {
            row["RECORD_KEY"]: row["CODE"]
            for row in rows(self.engine, USER_DEAD_LETTER)
            if (row["CLOSED_GMT"] is not None) is closed
        }


def refusals(report):
    return {one.key: one.problem.code for one in report.refused}
