"""Accounts that the shop deleted: their names go, their numbers stay, and a doubt erases nobody."""

from dataclasses import replace

import pytest

from woocp_pipelines.counterpoint.customer_index import read_customer_index
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.erasures import ERASED
from woocp_pipelines.counterpoint.gone_accounts import GONE, REPLACED
from woocp_pipelines.flows import gone_accounts
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.flows.retention import keep_no_longer
from woocp_pipelines.rules.customer_matching import Mapped
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.customers import customer_exists, read_existing_ids
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.customer_world import user
from woocp_pipelines_tests.order_world import holds

PERSON = ("Bj", "Main St", "nordlys", "Rochester", "555")
MANY = range(101, 112)
ROWS = ("USER_CUSTOMER_STAGING", "USER_CUSTOMER_MAP", "USER_DEAD_LETTER", "USER_SYNC_LOG")


def account(world, user_id, **changes):
    world.state.add_customer({**user(user_id, f"buyer{user_id}@nordlys.test"), **changes})


def synced(world):
    report = sync_customers(world.context)
    assert report.outcome == "done"
    return report


def deleted(world, user_id):
    world.store.delete(f"customers/{user_id}", {"force": "true"})


def kept(world, user_id=None):
    """All that our tables say, of one user where rows name it."""
    texts = []
    for table in ROWS:
        for row in world.rows(table):
            of = row.get("WOO_USER_ID", row.get("WOO_CUSTOMER_ID"))
            if user_id is None or of in (user_id, None):
                texts += [str(value) for value in row.values()]
    return " ".join(texts)


@pytest.fixture
def shop(world):
    """A shop with two customers in Counterpoint and a registration that is not complete."""
    for user_id in (81, 82):
        account(world, user_id)
    incomplete = {"first_name": "Åse", "company": "Nordlys"}
    account(world, 83, last_name="", billing=incomplete, shipping={})
    synced(world)
    assert {row["WOO_USER_ID"] for row in world.rows("USER_CUSTOMER_MAP")} == {77, 81, 82}
    assert all(text in kept(world) for text in PERSON)
    return world


def test_names_of_a_deleted_account_go_and_its_numbers_stay(shop):
    (before,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    customers, others = shop.rows("AR_CUST"), kept(shop, 82)
    deleted(shop, 81)
    report = keep_no_longer(shop.context)
    assert report.accounts.user_ids == [81]
    for text in (*PERSON, "buyer81"):
        assert text not in kept(shop, 81), text
    (after,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    assert after["UPDATED_DT"]
    changed = {"UPDATED_BY": "woocp", "UPDATED_DT": after["UPDATED_DT"]}
    assert after == {**before, **changed, "WOO_EMAIL": None, "ACCOUNT_STATE": GONE}
    (row,) = shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=81)
    holds(row, CUST_NO=before["CUST_NO"], NAM=None, CUSTOMER_JSON=None)
    assert (shop.rows("AR_CUST"), kept(shop, 82)) == (customers, others)
    assert keep_no_longer(shop.context).accounts.user_ids == []


def test_a_refused_registration_goes_with_its_letter_once_the_sync_has_closed_it(shop):
    deleted(shop, 83)
    keep_no_longer(shop.context)
    assert all(row["NAM"] is None for row in shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=83))
    synced(shop)
    assert keep_no_longer(shop.context).accounts.user_ids == [83]
    letters = shop.rows("USER_DEAD_LETTER", WOO_CUSTOMER_ID=83)
    assert letters
    assert {row["FOUND"] for row in letters} == {ERASED}
    assert keep_no_longer(shop.context).accounts.user_ids == []


def test_who_comes_back_is_the_same_customer_and_is_staged_anew(shop):
    (mapped,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    deleted(shop, 81)
    keep_no_longer(shop.context)
    account(shop, 81)
    assert synced(shop).created == 0
    (row,) = shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=81)
    assert row["CUST_NO"] == mapped["CUST_NO"]
    assert row["EMAIL_ADRS_1"] == "buyer81@nordlys.test"


def registered_anew(shop):
    deleted(shop, 81)
    keep_no_longer(shop.context)
    return registers_anew(shop)


def registers_anew(shop):
    account(
        shop, 91, email="buyer81@nordlys.test", billing=user(81, "buyer81@nordlys.test")["billing"]
    )
    return synced(shop)


def test_who_registers_anew_has_the_customer_whoever_changed_the_row_of_the_old_account(shop):
    deleted(shop, 81)
    keep_no_longer(shop.context)
    # A person or a script of the retailer's wrote a note and, as it should, its name.
    shop.set_rows("USER_CUSTOMER_MAP", {"WOO_USER_ID": 81}, UPDATED_BY="ANN", NOTES="rang us")
    assert registers_anew(shop).created == 0
    (old,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    holds(old, IS_ACTIVE=False, ACCOUNT_STATE=REPLACED, NOTES="rang us")
    (new,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=91)
    holds(new, CUST_NO=old["CUST_NO"], IS_ACTIVE=True, ACCOUNT_STATE=None)


def test_who_registers_anew_with_the_same_email_has_the_customer_again(shop):
    (before,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    report = registered_anew(shop)
    assert (report.created, "CUSTOMER_ALREADY_MAPPED" in kept(shop)) == (0, False)
    (new,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=91)
    holds(new, CUST_NO=before["CUST_NO"], MAPPING_SOURCE="AUTO_EMAIL", IS_ACTIVE=True)
    (old,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    holds(old, CUST_NO=before["CUST_NO"], IS_ACTIVE=False)


@pytest.mark.parametrize("anew", [False, True])
def test_an_unbooked_order_of_a_deleted_account_still_finds_its_customer(shop, anew):
    (before,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    if anew:
        registered_anew(shop)
    else:
        deleted(shop, 81)
        keep_no_longer(shop.context)
    with reading(shop.context.engine) as connection:
        index = read_customer_index(connection, {81}, {"elsewhere@nordlys.test"})
    assert index.match(81, "elsewhere@nordlys.test") == Mapped(before["CUST_NO"])


def test_nobody_takes_the_customer_of_an_account_that_came_back(shop):
    deleted(shop, 81)
    keep_no_longer(shop.context)
    account(shop, 81)
    synced(shop)
    (mapped,) = shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)
    shop.set_rows("AR_CUST", {"CUST_NO": mapped["CUST_NO"]}, EMAIL_ADRS_2="second@nordlys.test")
    account(shop, 91, email="second@nordlys.test")
    synced(shop)
    assert shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=91) == []
    holds(shop.rows("USER_CUSTOMER_MAP", WOO_USER_ID=81)[0], IS_ACTIVE=True)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "maintenance"},
        {"kind": "html_200"},
        {"kind": "truncated"},
        {"kind": "server_error", "path": r"customers/\d+"},
        {"kind": "html_200", "path": r"customers/\d+"},
    ],
    ids=lambda fault: "-".join(fault.values()),
)
def test_a_store_that_does_not_answer_has_deleted_nobody_and_the_rest_is_done(shop, fault):
    before, mapped = kept(shop), shop.rows("USER_CUSTOMER_MAP")
    deleted(shop, 81)
    shop.server.faults.add(Fault(times=99, **fault))
    shop.grow_old(days=401)
    with pytest.raises(StoreError):
        keep_no_longer(shop.context)
    assert shop.rows("USER_CUSTOMER_MAP") == mapped
    assert before != kept(shop), "what is too old goes without the store"


class Forgetful:
    """A store with a plugin by which its lists of users are empty."""

    def __init__(self, store):
        self.store = store

    def get(self, path, params=None):
        answer = self.store.get(path, params)
        return replace(answer, data=[]) if path == "customers" else answer


def test_a_list_that_leaves_somebody_out_deletes_nobody(shop):
    before = kept(shop)
    shop.context = replace(shop.context, store=Forgetful(shop.store))
    report = keep_no_longer(shop.context)
    assert (report.accounts.user_ids, kept(shop)) == ([], before)


@pytest.fixture
def emptied(world):
    """A shop that has lost eleven of its twelve customers."""
    for user_id in MANY:
        account(world, user_id)
    synced(world)
    for user_id in MANY:
        deleted(world, user_id)
    return world


def test_once_a_person_has_looked_however_many_are_erased(emptied):
    assert "buyer101" in kept(emptied)
    found = keep_no_longer(emptied.context, however_many=True).accounts
    assert (found.user_ids, found.held_back) == (list(MANY), "")
    assert "buyer1" not in kept(emptied)
    assert keep_no_longer(emptied.context).accounts.user_ids == []


def test_another_shop_in_its_place_erases_nobody(emptied):
    world, before = emptied, kept(emptied)
    report = keep_no_longer(world.context)
    assert "11 of 12 customers" in report.accounts.held_back
    assert "WOOCP_STORE_URL" in report.accounts.held_back
    assert kept(world) == before
    for user_id in MANY:
        account(world, user_id)
    deleted(world, 101)
    assert keep_no_longer(world.context).accounts.user_ids == [101]


def test_accounts_are_asked_for_in_turn_a_part_each_night(shop, monkeypatch):
    monkeypatch.setattr(gone_accounts, "ACCOUNTS", 3)
    deleted(shop, 83)
    looked = [keep_no_longer(shop.context).accounts for _ in range(3)]
    assert [(each.looked_at, each.user_ids) for each in looked] == [(3, []), (1, [83]), (3, [])]


def test_a_plan_says_who_is_gone_and_touches_nothing(shop):
    deleted(shop, 81)
    before, state = kept(shop), shop.rows("USER_SYNC_STATE")
    report = keep_no_longer(shop.context, mode="plan")
    assert report.accounts.user_ids == [81]
    assert (kept(shop), shop.rows("USER_SYNC_STATE")) == (before, state)


def test_an_old_customer_is_emptied_and_not_staged_again_until_the_shop_changes_it(shop):
    shop.grow_old(days=401)
    counts = keep_no_longer(shop.context).counts
    assert counts["customers_emptied"] == 3
    refused, *_ = shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=83)
    assert refused["NAM"]
    emptied = shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=81)
    holds(emptied[0], NAM=None, EMAIL_ADRS_1=None, CUSTOMER_JSON=None)
    synced(shop)
    assert shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=81) == emptied
    shop.store.put("customers/81", {"billing": {"phone": "585-555-2000"}})
    synced(shop)
    (row,) = shop.rows("USER_CUSTOMER_STAGING", WOO_USER_ID=81)
    assert row["NAM"]


def test_what_a_person_settled_of_an_account_is_not_said_again_after_the_time(shop):
    shop.set_rows(
        "USER_DEAD_LETTER",
        {"WOO_CUSTOMER_ID": 83},
        CLOSED_GMT=shop.clock.now,
        SETTLED_BY="ANN",
        SETTLED_NOTE="a bot",
    )
    shop.grow_old(days=401)
    keep_no_longer(shop.context)
    assert synced(shop).refused == []


def test_of_no_ids_and_of_too_many_the_store_is_not_asked(world):
    for ids in ([], list(range(1, 102))):
        with pytest.raises(ValueError, match="expected 1 to 100"):
            read_existing_ids(world.store, ids)
    assert read_existing_ids(world.store, [77, 999]) == {77}
    assert (customer_exists(world.store, 77), customer_exists(world.store, 999)) == (True, False)
