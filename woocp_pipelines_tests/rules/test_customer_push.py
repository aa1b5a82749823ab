"""What the store should know of a customer: values, differences, roles (CP §3.2.2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.customer_push import (
    OUR_KEYS,
    StoreUser,
    WebAccount,
    is_newly_decided,
    is_unconfirmed,
    meta_changes,
    roles_taken,
    roles_with_tier,
    seems_to_differ,
    store_user,
    tier_not_confirmed,
    tier_roles,
    unknown_tiers,
    wanted_meta,
    wanted_role,
)
from woocp_pipelines.settings import Customers
from woocp_pipelines.settings_tiers import Tier

DEFAULT = Customers()
ROLES = tier_roles(DEFAULT)
PERCENT = Customers(
    tiers={
        "TIER1": Tier(role="one", discount=Decimal("37.50")),
        "TIER2": Tier(role="two"),
    }
)


def account(tier="TIER1", **changes):
    return WebAccount(**{"cust_no": "00042", "category": "WEB", "tier": tier, **changes})


def user(role="customer", **meta):
    return StoreUser(7, role, {key: (value,) for key, value in meta.items()})


def test_the_meta_are_number_category_and_tier_and_neither_percentage_nor_bid_by_default():
    assert wanted_meta(account(), DEFAULT) == {
        "cp_cust_no": "00042",
        "cp_categ_cod": "WEB",
        "cp_prof_cod_1": "TIER1",
        "cp_tier": "TIER1",
    }


@pytest.mark.cp_bug(42)
@pytest.mark.cp_bug(43)
@pytest.mark.cp_bug(44)
def test_nothing_but_our_own_keys_is_ever_among_the_values():
    customers = PERCENT.model_copy(update={"bid_no_source": "USR_BID"})
    assert wanted_meta(account(), customers).keys() == OUR_KEYS
    assert not OUR_KEYS & {"username", "password", "email", "first_name", "last_name", "billing"}


@pytest.mark.parametrize("code", ["GOV-TIER1", "GOV TIER1", "GOV TIER 1", "gov_tier1", "GOVTIER1 "])
def test_a_tier_is_known_in_every_spelling(code):
    meta = wanted_meta(account(code), DEFAULT)
    assert (meta["cp_prof_cod_1"], meta["cp_tier"]) == (code.strip(), "GOV-TIER1")
    assert wanted_role(account(code), DEFAULT) == "gov_tier_1_customers"


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ("RETAIL", "customer"),
        ("TIER1", "tier_1_customers"),
        ("TIER5", "tier_5_customers"),
        ("GOV-TIER3", "gov_tier_3_customers"),
        ("RESELLER", "reseller"),
        ("", "customer"),
        (None, "customer"),
        ("WHAT", "customer"),
        ("  ", "customer"),
    ],
)
def test_each_tier_has_its_role_and_no_tier_the_base_role(code, role):
    assert wanted_role(account(code), DEFAULT) == role


@pytest.mark.parametrize("code", [None, "", "  "])
def test_an_empty_tier_counts_as_retail(code):
    meta = wanted_meta(account(code), DEFAULT)
    assert (meta["cp_prof_cod_1"], meta["cp_tier"]) == ("", "RETAIL")
    assert wanted_meta(account(code), PERCENT)["cp_tier"] == "RETAIL"
    own = Customers(tiers={"Retail": Tier(role="own_retail")})
    assert wanted_role(account(code), own) == "own_retail"
    assert unknown_tiers([account(code)], DEFAULT) == {}


@pytest.mark.parametrize(
    ("tier", "decided", "made_here", "unconfirmed", "newly_decided"),
    [
        ("RETAIL", False, True, True, False),
        (" retail", False, True, True, False),
        ("RETAIL", True, True, False, False),
        ("TIER2", False, True, False, True),
        ("TIER2", True, True, False, False),
        (None, False, True, False, True),
        ("RETAIL", False, False, False, False),
        ("TIER2", False, False, False, False),
    ],
)
def test_the_first_tier_of_a_customer_whom_we_made_is_nobody_s_decision(
    tier, decided, made_here, unconfirmed, newly_decided
):
    found = account(tier, made_here=made_here, tier_decided=decided)
    assert is_unconfirmed(found) is unconfirmed
    assert is_newly_decided(found) is newly_decided


def test_the_letter_about_a_tier_names_both_ways_out():
    problem = tier_not_confirmed(account("RETAIL"), ("tier_2_customers",), DEFAULT)
    assert problem.next_step.startswith("set PROF_COD_1 of customer 00042 to TIER2 in Counterpoint")
    assert "take the role away in WordPress" in problem.next_step
    assert roles_taken(("newsletter", "customer", "reseller"), "customer", ROLES) == ("reseller",)


def test_a_percentage_is_written_plain_and_taken_away_with_its_tier():
    assert wanted_meta(account("TIER1"), PERCENT)["cp_discount_pct"] == "37.5"
    had = user(cp_discount_pct="37.5")
    assert meta_changes(wanted_meta(account("TIER2"), PERCENT), had)["cp_discount_pct"] is None
    ten = Customers(tiers={"TIER1": Tier(role="one", discount=Decimal(10))})
    assert wanted_meta(account("TIER1"), ten)["cp_discount_pct"] == "10"


def test_percentages_and_bid_numbers_that_nobody_configured_are_left_alone():
    had = user(cp_discount_pct="28", ncr_bid_no="144319", other="x")
    assert meta_changes(wanted_meta(account(), DEFAULT), had).keys() == {
        "cp_cust_no",
        "cp_categ_cod",
        "cp_prof_cod_1",
        "cp_tier",
    }


def test_a_bid_number_is_written_as_it_is_and_an_empty_one_removes_it():
    customers = Customers(bid_no_source="USR_BID")
    wanted = wanted_meta(account(bid_no=" B  9 \n"), customers)
    assert wanted["ncr_bid_no"] == "B  9"
    emptied = wanted_meta(account(bid_no="  "), customers)
    assert meta_changes(emptied, user(ncr_bid_no="B9"))["ncr_bid_no"] is None
    assert "ncr_bid_no" not in meta_changes(emptied, user())


def test_what_is_right_is_not_written():
    meta = wanted_meta(account(), DEFAULT)
    assert meta_changes(meta, user(**meta)) == {}


def test_a_key_that_is_there_twice_is_written_once_more():
    record = {
        "id": 7,
        "role": "customer",
        "meta_data": [
            {"id": 1, "key": "cp_tier", "value": "TIER1"},
            {"id": 2, "key": "cp_tier", "value": "TIER1"},
            {"id": 3, "key": "somebody_else", "value": "x" * 1000},
            {"id": 4, "key": "cp_categ_cod", "value": ["WEB"]},
        ],
    }
    read = store_user(record)
    assert read.meta.keys() == {"cp_tier", "cp_categ_cod"}
    changes = meta_changes(wanted_meta(account(), DEFAULT), read)
    assert (changes["cp_tier"], changes["cp_categ_cod"]) == ("TIER1", "WEB")


@pytest.mark.parametrize("rows", [None, "", [], [None, "x"]])
def test_a_user_without_readable_meta_has_none(rows):
    assert store_user({"id": 7, "role": None, "meta_data": rows}) == StoreUser(7, "", {})


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        (("customer",), "reseller", ("reseller",)),
        (("reseller",), "customer", ("customer",)),
        (("tier_1_customers", "reseller"), "reseller", ("reseller",)),
        (("newsletter", "tier_1_customers"), "reseller", ("reseller", "newsletter")),
        (("newsletter", "tier_1_customers"), "customer", ("customer", "newsletter")),
        (("subscriber",), "customer", ("subscriber",)),
        (("administrator",), "customer", ("administrator",)),
        (("administrator",), "reseller", ("administrator", "reseller")),
        (("shop_manager", "reseller"), "customer", ("shop_manager",)),
        (("reseller", "shop_manager"), "tier_1_customers", ("shop_manager", "tier_1_customers")),
        (("newsletter", "reseller"), "reseller", ("newsletter", "reseller")),
        ((), "reseller", ()),
    ],
)
def test_a_user_has_exactly_one_tier_and_keeps_every_other_role(before, wanted, after):
    assert roles_with_tier(before, wanted, ROLES) == after


EVERY_ROLE = st.sampled_from(
    [*sorted(ROLES), "administrator", "shop_manager", "subscriber", "newsletter", "wholesale"]
)


@given(st.lists(EVERY_ROLE, unique=True), st.sampled_from(sorted(ROLES)))
def test_roles_of_no_tier_are_never_lost_and_nobody_is_left_without_a_role(roles, wanted):
    before = tuple(roles)
    after = roles_with_tier(before, wanted, ROLES)
    assert [role for role in before if role not in ROLES] == [
        role for role in after if role not in ROLES
    ]
    assert len(set(after)) == len(after)
    assert bool(after) == bool(before)
    assert roles_with_tier(after, wanted, ROLES) == after
    of_tiers = [role for role in after if role in ROLES]
    if before and wanted != "customer":
        assert of_tiers == [wanted]
    assert set(of_tiers) <= {wanted}


@pytest.mark.parametrize(
    ("shown", "wanted", "differs"),
    [
        ("customer", "customer", False),
        ("customer", "reseller", True),
        ("reseller", "customer", True),
        ("subscriber", "customer", False),
        ("subscriber", "reseller", True),
        ("administrator", "reseller", False),
        ("shop_manager", "customer", False),
    ],
)
def test_the_one_role_that_the_list_shows_says_who_must_be_looked_at(shown, wanted, differs):
    assert seems_to_differ(user(shown), wanted, ROLES) is differs


def test_an_unknown_tier_is_said_once_with_those_who_have_it():
    accounts = [account("WHAT", cust_no=str(number)) for number in range(5)]
    problems = unknown_tiers([*accounts, account("TIER1"), account(None)], DEFAULT)
    assert problems.keys() == {"WHAT"}
    assert problems["WHAT"].found == "'WHAT' of 0, 1, 2 and 2 more"
    assert "[customers.tiers]" in problems["WHAT"].next_step
