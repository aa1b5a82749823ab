"""Documents that carry an order's reference already, wherever they stand and whoever made them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import mssql

from woocp_pipelines.counterpoint.document_refs import (
    _FOUND,
    _OPEN,
    Sought,
    duplicate_ref,
    find_carriers,
    find_open_carrier,
)
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.settings import Counterpoint
from woocp_pipelines_tests.customer_world import CODES, put
from woocp_pipelines_tests.order_world import foreign_document

WHERE = Counterpoint(**CODES)
PLACED = datetime(2026, 1, 5, 10, 30)
MIDNIGHT = datetime(2026, 1, 5)
# What the old scripts wrote: a till's station, no user, the day without a time (CP §6.2, §6.3).
SCRIPTED = {"STA_ID": "101", "USR_ID": None, "TKT_NO": "101-000001", "TKT_DT": MIDNIGHT}
AT_A_TILL = {"STA_ID": "101", "USR_ID": "TILL", "TKT_DT": PLACED}
KEY_OF_OTHER_SHOP = {
    "STORE_ID": "other",
    "WOO_ORDER_ID": 1,
    "DOC_ID": 7,
    "DEP_DOC_ID": 8,
    "BOOKED_GMT": datetime(2026, 1, 5, 16, tzinfo=UTC),
}
EVERYWHERE = ["PS_DOC_HDR", "PS_TKT_HIST", "PS_ORD_HIST"]


def order(number):
    return Sought(f"WOO {number}", str(number), PLACED)


def found(engine, number=1, *, others=(), upgraded=True):
    """Both looks: the claim's and the booking's, which knows open documents only."""
    with reading(engine) as connection:
        seen = find_carriers(connection, WHERE, others, {order(number)}, upgraded=upgraded)
        again = find_open_carrier(connection, WHERE, others, order(number))
    return (
        seen[f"WOO {number}"].doc_id if seen else None,
        None if again is None else again.doc_id,
    )


@pytest.mark.cp_bug(6)
@pytest.mark.parametrize("table", EVERYWHERE)
@pytest.mark.parametrize(
    "values",
    [
        {"STA_ID": "109", "USR_ID": "TILL"},
        {"STA_ID": "101", "USR_ID": "INTEG"},
        {**AT_A_TILL, "STR_ID": "02"},
        {**SCRIPTED, "REF": "1"},
        {"STA_ID": "109", "USR_ID": "TILL", "REF": "1"},
    ],
)
def test_a_document_with_an_orders_reference_is_seen_whoever_made_it(engine, table, values):
    foreign_document(engine, table, DOC_ID=7, **{"REF": "WOO 1", **values})
    assert found(engine) == (7, 7 if table == "PS_DOC_HDR" else None)


@pytest.mark.parametrize(
    "values",
    [
        {**SCRIPTED, "REF": "WOO 12"},
        {**SCRIPTED, "REF": ""},
        # A clerk's own note, such as a purchase order's number.
        {**AT_A_TILL, "REF": "1"},
        # Older than the order.
        {**SCRIPTED, "REF": "1", "TKT_DT": MIDNIGHT - timedelta(days=3)},
    ],
)
def test_a_text_that_people_use_for_other_things_stops_no_order(engine, values):
    foreign_document(engine, "PS_DOC_HDR", DOC_ID=7, **values)
    assert found(engine) == (None, None)
    assert found(engine, number="") == (None, None)


def test_a_document_that_woocp_booked_for_another_shop_is_no_duplicate(engine):
    with writing(engine) as connection:
        insert_rows(connection, USER_ORDER_KEY, [KEY_OF_OTHER_SHOP])
        put(connection, "PS_DOC_HDR_ORIG_DOC", DOC_ID=9, ORIG_DOC_ID=7)
        put(connection, "PS_TKT_HIST_ORIG_DOC", DOC_ID=10, ORIG_DOC_ID=9)
    for doc_id, table in ((7, "PS_DOC_HDR"), (8, "PS_TKT_HIST"), (9, "PS_DOC_HDR")):
        foreign_document(engine, table, DOC_ID=doc_id, REF="WOO 1", TKT_NO=f"O109-{doc_id}")
    foreign_document(engine, "PS_TKT_HIST", DOC_ID=10, REF="WOO 1", **AT_A_TILL)
    assert found(engine, others=["other"]) == (None, None)
    # A shop that no setting names may be our own under a former id.
    assert found(engine, others=["another"]) == found(engine) == (7, 7)
    # Before `db upgrade` there are no keys to ask.
    assert found(engine, others=["other"], upgraded=False)[0] == 7
    foreign_document(engine, "PS_DOC_HDR", DOC_ID=11, REF="WOO 1", **AT_A_TILL)
    assert found(engine, others=["other"]) == (11, 11)


def test_a_document_that_the_old_scripts_booked_is_no_other_shops(engine):
    with writing(engine) as connection:
        key = KEY_OF_OTHER_SHOP | {"STORE_ID": "main", "BOOKED_GMT": None}
        insert_rows(connection, USER_ORDER_KEY, [key])
    foreign_document(engine, "PS_DOC_HDR", DOC_ID=7, REF="WOO 1", **SCRIPTED)
    assert found(engine, others=["main"]) == (7, 7)


@pytest.mark.parametrize(
    ("moment", "seen"), [(None, 7), (MIDNIGHT, 7), (MIDNIGHT + timedelta(hours=14), None)]
)
def test_in_the_history_of_orders_the_time_of_day_tells_a_clerk(engine, moment, seen):
    values = {**SCRIPTED, "REF": "1", "TKT_DT": moment}
    foreign_document(engine, "PS_ORD_HIST", DOC_ID=7, **values)
    assert found(engine) == (seen, None)


@pytest.mark.parametrize("table", EVERYWHERE)
def test_many_references_are_looked_up_in_few_statements(engine, table):
    foreign_document(engine, table, DOC_ID=7, REF="WOO 1499")
    foreign_document(engine, table, DOC_ID=8, REF="till")
    counted = []
    event.listen(engine, "before_cursor_execute", lambda *a: counted.append(len(a[3])))
    with reading(engine) as connection:
        counted.clear()
        nothing = {order(number) for number in range(1_450)}
        assert find_carriers(connection, WHERE, (), nothing) == {}
        assert len([count for count in counted if count]) == 2
        wanted = {order(number) for number in range(1_500)}
        assert set(find_carriers(connection, WHERE, (), wanted)) == {"WOO 1499"}
        assert find_carriers(connection, WHERE, (), set()) == {}
    assert max(counted) < 2_100


def test_the_letter_names_the_document_where_it_stands_and_what_to_do(engine):
    foreign_document(engine, "PS_TKT_HIST", DOC_ID=7, REF="1", **SCRIPTED)
    with reading(engine) as connection:
        (carrier,) = find_carriers(connection, WHERE, (), {order(1)}).values()
    problem = duplicate_ref("WOO 1", carrier)
    said = "document 7 (101-000001 of station 101, posted) already carries REF '1'"
    assert problem.found == said
    assert "`woocp settle`" in problem.next_step
    assert "by hand" in problem.next_step


def test_both_questions_are_sql_servers():
    for statement in (_FOUND, _OPEN):
        text = str(statement.compile(dialect=mssql.dialect()))
        assert "[PS_DOC_HDR]" in text
        assert "LIMIT" not in text
