"""Orders whose variation or product was deleted in the store: the right item is booked, or none."""

import pytest
from sqlalchemy import delete

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.product_map import read_product_map
from woocp_pipelines.counterpoint.tables import IM_INV, IM_ITEM, USER_PRODUCT_MAP
from woocp_pipelines.flows.documents import book_orders, claim_orders, validate_orders
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.inventory_figures import read_figures
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines_tests.order_world import D, holds, line, plain_order

# The parent's SKU is an item number as well: what must never be booked.
PAPER, INK = "01-10100", "01-10251"
CARTON = f"{INK}-CARTON"
PARENT = 300
GONE = {"product_id": 0, "variation_id": 0, "sku": None}


@pytest.fixture
def variation(world):
    """The ink is sold as a variation of a product that carries the SKU of the paper."""
    world.state.add_product(
        {"id": PARENT, "name": "Goods", "sku": PAPER, "type": "variable", "status": "publish"}
    )
    made = world.state.add_variation(PARENT, {"sku": CARTON, "regular_price": "190.00"})
    return int(made["id"])


def goods(variation, **changes):
    """One carton of the ink."""
    ids = {"name": "Goods - ink", "product_id": PARENT, "variation_id": variation}
    return {**line(1, CARTON, 1, "190.00"), **ids, **changes}


def bare():
    """As the store shows it once the variation is gone."""
    return goods(0, sku=PAPER)


def buy(world, *lines, **changes):
    world.order(**plain_order(list(lines), **changes))


def forget(world, *lines, **changes):
    """The store forgets what the lines sold, and somebody touches the order."""
    world.overwrite(line_items=list(lines), customer_note="still waiting", **changes)


def learn(world):
    """What an inventory sync knows of the store's products."""
    report = sync_inventory(world.context)
    assert report.outcome == "done"


def booked_goods(world):
    rows = world.rows("PS_DOC_LIN", LIN_TYP="O")
    return [(row["ITEM_NO"], row["SELL_UNIT"], row["QTY_SOLD"]) for row in rows]


def unbooked(world):
    with reading(world.engine) as connection:
        entries = read_product_map(connection, "main")
    figures = read_figures(world.context, entries)
    return {each.item.item_no: each.unbooked for each in figures.values() if each.unbooked}


def codes(report):
    return [item.problem.code for item in report.refused]


@pytest.mark.parametrize("taken", [{"variation_id": 0, "sku": PAPER}, GONE], ids=["one", "all"])
def test_a_line_is_booked_as_the_item_of_first_sight(world, variation, taken):
    buy(world, goods(variation))
    world.pull()
    forget(world, goods(variation, **taken))
    world.pull()
    assert unbooked(world) == {INK: D(10)}
    assert world.book().created == 1
    assert booked_goods(world) == [(INK, "1", D(1))]
    holds(world.rows("IM_INV", ITEM_NO=PAPER)[0], QTY_COMMIT=D(480))
    holds(world.rows("IM_INV", ITEM_NO=INK)[0], QTY_COMMIT=D(10))
    assert world.letters() == []


def test_so_it_is_once_the_inventory_sync_knows_the_parent(world, variation):
    buy(world, goods(variation))
    world.pull()
    learn(world)
    forget(world, bare())
    world.pull()
    assert world.book().created == 1
    assert booked_goods(world) == [(INK, "1", D(1))]


def test_plans_and_validation_promise_what_booking_does(world, variation):
    buy(world, goods(variation), payment_method="cheque")
    world.pull()
    assert codes(world.book()) == ["NO_PAY_CODE"]
    forget(world, goods(variation, **GONE), payment_method="nmi")
    planned = world.book(mode="plan")
    assert (planned.created, codes(planned)) == (1, [])
    assert replay_orders(world.context, ["20001"], mode="plan").report.created == 1
    world.pull()
    token = claim_orders(world.context)
    checked = validate_orders(world.context, token)
    assert (checked.unchanged, codes(checked)) == (1, [])
    assert book_orders(world.context, token).created == 1
    assert booked_goods(world) == [(INK, "1", D(1))]


def test_an_item_that_nobody_knew_at_first_sight_is_found_by_the_sku_of_then(world, variation):
    world.set_rows("IM_ITEM", {"ITEM_NO": INK}, ITEM_NO="LATER")
    buy(world, goods(variation))
    world.pull()
    forget(world, bare())
    world.pull()
    assert unbooked(world) == {}
    assert codes(world.book()) == ["SKU_NOT_FOUND"]
    (letter,) = world.letter_rows()
    assert letter["SKU"] == CARTON
    assert letter["NEXT_STEP"].startswith("the product is deleted: enter the order in Counterpoint")
    world.set_rows("IM_ITEM", {"ITEM_NO": "LATER"}, ITEM_NO=INK)
    assert replay_orders(world.context, ["20001"], wait_seconds=0).report.created == 1
    assert booked_goods(world) == [(INK, "1", D(1))]


def test_an_item_that_counterpoint_lost_since_is_refused_and_no_other_takes_its_place(
    world, variation
):
    buy(world, goods(variation))
    world.pull()
    forget(world, bare())
    world.pull()
    with writing(world.engine) as connection:
        connection.execute(delete(IM_INV).where(IM_INV.c.ITEM_NO == INK))
        connection.execute(delete(IM_ITEM).where(IM_ITEM.c.ITEM_NO == INK))
    assert codes(world.book()) == ["SKU_NOT_FOUND"]
    assert booked_goods(world) == []


def test_a_variation_that_was_gone_at_first_sight_is_never_taken_for_its_parent(world, variation):
    learn(world)
    # As a full reading of the store leaves it.
    world.set_rows("USER_PRODUCT_MAP", {"WOO_PRODUCT_ID": variation}, IS_ACTIVE=False)
    buy(world, bare(), line(2, INK, 3, "60.00"))
    planned = world.book(mode="plan")
    assert codes(planned) == ["VARIATION_GONE"]
    world.pull()
    assert unbooked(world) == {INK: D(3)}
    world.book()
    (letter,) = [each for each in world.letter_rows() if each["KIND"] == "order"]
    holds(letter, CODE="VARIATION_GONE", FIELD="line_items[0].variation_id", RETRYABLE=False)
    assert f"product {PARENT}" in letter["FOUND"]
    assert "'Goods - ink'" in letter["FOUND"]
    assert "`woocp settle`" in letter["NEXT_STEP"]
    assert letter["NEXT_STEP"].endswith("; then replay")
    assert (booked_goods(world), unbooked(world)) == ([], {INK: D(3)})


def test_what_was_staged_before_the_parent_was_known_is_refused_as_well(world, variation):
    """Before the first inventory sync nobody can tell; from then on everybody can."""
    buy(world, bare())
    world.pull()
    learn(world)
    assert codes(world.book()) == ["VARIATION_GONE"]
    assert booked_goods(world) == []


def test_of_a_parent_that_no_inventory_sync_has_shown_nothing_is_known(world, variation):
    buy(world, bare())
    assert world.rows("USER_PRODUCT_MAP") == []
    world.pull()
    assert world.book().created == 1


def test_a_product_that_became_simple_is_sold_by_itself(world, variation):
    learn(world)
    world.set_rows("USER_PRODUCT_MAP", {"WOO_PRODUCT_ID": variation}, IS_ACTIVE=False)
    with writing(world.engine) as connection:
        connection.execute(
            USER_PRODUCT_MAP.insert().values(
                STORE_ID="main", WOO_PRODUCT_ID=PARENT, SKU=PAPER, ITEM_NO=PAPER, SELL_UNIT="0",
                IS_ACTIVE=True, CREATED_BY="woocp",
            )
        )  # fmt: skip
    buy(world, bare())
    world.pull()
    assert unbooked(world) == {PAPER: D(1)}
    assert world.book().created == 1
    assert booked_goods(world) == [(PAPER, "0", D(1))]
