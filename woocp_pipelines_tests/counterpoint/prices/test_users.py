"""Which customer a WooCommerce user is: the active rows of the map, and never a guess."""

from datetime import UTC, datetime

from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.counterpoint.prices.saving import dump_facts, load_facts
from woocp_pipelines.counterpoint.prices.users import read_users
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP


def fill(engine, *rows):
    with engine.begin() as connection:
        for user, cust_no, active in rows:
            connection.execute(
                insert(USER_CUSTOMER_MAP).values(
                    WOO_USER_ID=user, CUST_NO=cust_no, IS_ACTIVE=active
                )
            )


def read(engine):
    with reading(engine) as connection:
        return read_users(connection)


def test_only_active_rows_name_a_customer(engine):
    fill(engine, (7, "10001", True), (8, "10002", False))
    assert read(engine) == {7: "10001"}


def test_before_the_upgrade_there_is_no_map_and_no_error(new_database):
    assert read(new_database()) == {}


def test_a_user_with_two_customers_is_nobody_rather_than_one_of_them(new_database):
    engine = new_database()
    USER_CUSTOMER_MAP.create(engine)
    fill(engine, (7, "10001", True), (7, "10002", True), (8, "a1 ", True), (8, "A1", True))
    assert {user: number.strip() for user, number in read(engine).items()} == {8: "a1"}


def test_users_are_kept_with_the_saved_book():
    facts = BookFacts(
        read_at=datetime(2026, 11, 22, tzinfo=UTC),
        time_zone="UTC",
        round_method="N",
        groups=(),
        items=(),
        customers=(),
        columns={},
        users={7: "10001"},
    )
    assert load_facts(dump_facts(facts, "here"), "here").users == {7: "10001"}
