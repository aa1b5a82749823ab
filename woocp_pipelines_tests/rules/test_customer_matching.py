"""Who a web customer is: map, e-mail, nobody; never a guess."""

import pytest

from woocp_pipelines.rules.customer_matching import (
    Ambiguous,
    Candidate,
    CustomerIndex,
    Linked,
    Mapped,
    MappedToNobody,
    MapRow,
    Unknown,
    decided,
)
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.customer_world import order, registered

EMAIL = "a@x.test"


def buyer(user_id=0):
    """The customer of an order; 0 is a guest."""
    return order_customer(order(7, user_id, EMAIL))


def refused(match, customer):
    with pytest.raises(RefusedError) as error:
        decided(match, customer)
    return error.value.first


def test_the_map_row_beats_the_e_mail():
    index = CustomerIndex([MapRow("00007", 5)], [Candidate("00008", EMAIL, None)])
    assert index.match(5, EMAIL) == Mapped("00007")


@pytest.mark.parametrize(
    "candidate",
    [Candidate("00008", " A@X.Test ", None), Candidate("00008", "other@x.test", "A@x.TEST")],
)
def test_either_e_mail_matches_trimmed_and_in_any_case(candidate):
    assert CustomerIndex([], [candidate]).match(None, EMAIL) == Linked("00008")


def test_one_customer_with_the_address_twice_is_one_customer():
    index = CustomerIndex([], [Candidate("00008", EMAIL, EMAIL)])
    assert index.match(5, EMAIL) == Linked("00008")


@pytest.mark.cp_bug(51)
def test_several_customers_with_the_e_mail_are_refused():
    index = CustomerIndex([], [Candidate("00009", EMAIL, None), Candidate("00008", None, EMAIL)])
    match = index.match(5, EMAIL)
    assert match == Ambiguous(("00008", "00009"))
    problem = refused(match, buyer(5))
    assert problem.code == "AMBIGUOUS_CUSTOMER"
    assert problem.found == f"{EMAIL} at customers 00008, 00009"


@pytest.mark.parametrize(
    ("customer", "step"),
    [
        (buyer(), "keep the e-mail at one of the customers; then replay"),
        (buyer(5), "enter the right customer in USER_CUSTOMER_MAP for web user 5; then replay"),
        (
            registered(5),
            (
                "enter the right customer in USER_CUSTOMER_MAP for web user 5; the next customer "
                "sync takes it up"
            ),
        ),
    ],
    ids=["guest", "user of an order", "registration"],
)
def test_what_to_do_about_twins_depends_on_who_it_is(customer, step):
    """No map row can name a guest (CP §2.4), and nobody can replay a registration."""
    assert refused(Ambiguous(("00008", "00009")), customer).next_step == step


def test_a_customer_without_e_mail_matches_nobody_without_e_mail():
    index = CustomerIndex([], [Candidate("00008", None, ""), Candidate("00009", "  ", None)])
    assert index.match(None, None) == Unknown()


def test_a_second_user_of_a_customer_learns_who_has_the_map_row():
    index = CustomerIndex([MapRow("00008", 4)], [Candidate("00008", EMAIL, None)])
    assert index.match(5, EMAIL) == Linked("00008", mapped_user_id=4)
    assert index.match(None, EMAIL) == Linked("00008")


def test_a_map_row_to_a_customer_that_is_gone_is_refused():
    match = CustomerIndex([MapRow("00007", 5, exists=False)], []).match(5, EMAIL)
    assert match == MappedToNobody("00007")
    problem = refused(match, buyer(5))
    assert (problem.code, problem.cust_no) == ("MAPPED_CUSTOMER_MISSING", "00007")
    assert problem.next_step.endswith("; then replay")


@pytest.mark.cp_bug(51)
def test_a_customer_made_by_this_run_is_known_to_its_next_record():
    index = CustomerIndex([], [])
    index.add("00100", 5, EMAIL)
    assert index.match(5, EMAIL) == Mapped("00100")
    assert index.match(None, EMAIL) == Linked("00100")
    assert index.match(6, EMAIL) == Linked("00100", mapped_user_id=5)
