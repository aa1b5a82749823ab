"""A new customer is RETAIL, also where the user has the role of a tier: nobody loses it unasked."""

import pytest

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.settlements import Signature, read_letters_by_id, settle_letters
from woocp_pipelines.counterpoint.tables import AR_CUST, USER_DEAD_LETTER
from woocp_pipelines_tests.customer_world import (
    NOW,
    change,
    known_customer,
    mapped,
    rows,
    seed_codes,
    user,
)
from woocp_pipelines_tests.push_world import PushShop, refusals

LETTER = {"user 74 tier": "TIER_NOT_CONFIRMED"}


@pytest.fixture
def shop(engine, tmp_path):
    seed_codes(engine)
    made = PushShop(engine, tmp_path)
    with made.server:
        yield made
    made.state.close()


def register(shop, *roles):
    record = {**user(74, email="trade@x.test"), "role": roles[0], "_roles": list(roles)}
    shop.state.add_customer(record)


def posts_of_roles(shop):
    return [path for method, path in shop.requests() if method == "POST" and "/wp/v2/" in path]


@pytest.mark.parametrize("password", [None, "abcd EFGH 1234"])
def test_a_role_is_not_taken_from_a_customer_made_in_this_run(shop, password):
    register(shop, "tier_2_customers", "newsletter")
    plan = shop.sync(mode="plan", password=password)
    assert refusals(plan) == LETTER
    for _ in range(2):
        report = shop.sync(password=password)
        assert refusals(report) == shop.letters() == LETTER
        assert posts_of_roles(shop) == []
        assert "user_roles_not_done" not in report.facts
    (problem,) = (one.problem for one in report.refused)
    assert problem.found == "role tier_2_customers, Counterpoint PROF_COD_1 RETAIL"
    assert "PROF_COD_1 of customer 00100 to TIER2" in problem.next_step
    assert shop.roles(74) == ["tier_2_customers", "newsletter"]
    assert (shop.meta(74)["cp_prof_cod_1"], shop.meta(74)["cp_tier"]) == ("RETAIL", "RETAIL")
    (letter,) = rows(shop.engine, USER_DEAD_LETTER)
    assert (letter["CUST_NO"], letter["WOO_CUSTOMER_ID"], letter["ATTEMPTS"]) == ("00100", 74, 2)


def test_it_closes_when_counterpoint_has_the_tier(shop):
    register(shop, "tier_2_customers")
    shop.sync()
    change(shop.engine, AR_CUST, "CUST_NO", "00100", PROF_COD_1="TIER2")
    assert refusals(shop.sync()) == shop.letters() == {}
    assert (shop.roles(74), shop.meta(74)["cp_tier"]) == (["tier_2_customers"], "TIER2")


def test_it_closes_when_the_user_has_lost_the_role(shop):
    register(shop, "tier_2_customers")
    shop.sync()
    record = shop.state.find("customer", 74)
    shop.state.save("customer", {**record, "role": "customer", "_roles": ["customer"]})
    assert refusals(shop.sync()) == shop.letters() == {}


def test_another_tier_in_counterpoint_counts_and_so_does_taking_it_back(shop):
    register(shop, "tier_2_customers")
    shop.sync()
    change(shop.engine, AR_CUST, "CUST_NO", "00100", PROF_COD_1="TIER3")
    assert refusals(shop.sync()) == {}
    assert shop.roles(74) == ["tier_3_customers"]
    change(shop.engine, AR_CUST, "CUST_NO", "00100", PROF_COD_1="RETAIL")
    assert refusals(shop.sync()) == {}
    assert shop.roles(74) == ["customer"]


def test_a_tier_role_behind_another_role_is_kept_as_well(shop):
    register(shop, "newsletter", "tier_1_customers", "tier_3_customers")
    for _ in range(2):
        report = shop.sync()
        assert refusals(report) == shop.letters() == LETTER
    (problem,) = (one.problem for one in report.refused)
    assert "to TIER1 or TIER3 in" in problem.next_step
    assert shop.roles(74) == ["newsletter", "tier_1_customers", "tier_3_customers"]


def test_who_was_in_counterpoint_before_has_the_tier_that_counterpoint_says(shop):
    known_customer(shop.engine, "00042", EMAIL_ADRS_1="trade@x.test", PROF_COD_1="RETAIL")
    register(shop, "tier_2_customers")
    plan, done = shop.sync(mode="plan"), shop.sync()
    assert refusals(plan) == refusals(done) == {}
    assert plan.facts["user_roles_written"] == done.facts["user_roles_written"] == 1
    assert shop.roles(74) == ["customer"]


def test_a_map_row_entered_by_hand_is_a_decision(shop):
    known_customer(shop.engine, "00042", PROF_COD_1="RETAIL")
    register(shop, "tier_2_customers")
    mapped(shop.engine, "00042", 74, MAPPING_SOURCE="MANUAL")
    assert refusals(shop.sync()) == {}
    assert shop.roles(74) == ["customer"]


def test_what_a_person_settled_is_not_said_again_and_the_role_stays(shop):
    register(shop, "tier_2_customers")
    shop.sync()
    with reading(shop.engine) as connection:
        ids = [row["DEAD_LETTER_ID"] for row in rows(shop.engine, USER_DEAD_LETTER)]
        letters = read_letters_by_id(connection, "main", ids)
    with writing(shop.engine) as connection:
        settle_letters(connection, list(letters.values()), Signature("Ida", "is right"), NOW)
    report = shop.sync()
    assert (refusals(report), shop.letters(), report.facts["settled_by_hand"]) == ({}, {}, 1)
    assert shop.roles(74) == ["tier_2_customers"]
