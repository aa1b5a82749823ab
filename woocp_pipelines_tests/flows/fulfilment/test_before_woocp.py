"""Orders of the scripts before woocp: followed while they are open, never dug up."""

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY


def legacy_key(world, order_id, doc_id):
    row = {"STORE_ID": "main", "WOO_ORDER_ID": order_id, "DOC_ID": doc_id, "TKT_NO": "101-000001"}
    with writing(world.engine) as connection:
        insert_rows(connection, USER_ORDER_KEY, [row])


def test_a_document_that_left_before_the_first_look_is_nobodys_news(tills):
    for order_id in range(100, 110):
        legacy_key(tills.world, order_id, 101000000000 + order_id)
    report = tills.later()
    assert (report.read, report.refused) == (1, [])


def test_one_that_is_open_at_the_first_look_is_followed_to_its_end(tills):
    tills.world.set_rows("USER_ORDER_KEY", {"WOO_ORDER_ID": 20001}, BOOKED_GMT=None)
    tills.post(tills.release())
    assert tills.later().created == 1
    assert tills.status() == "completed"


def test_an_order_that_was_settled_without_a_document_is_not_looked_at(tills):
    legacy_key(tills.world, 200, None)
    assert tills.later().read == 1
