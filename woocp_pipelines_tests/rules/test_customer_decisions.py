"""What a run does about one web customer, once it is known who it is."""

import pytest

from woocp_pipelines.rules.customer_decisions import Decision, decide_registration
from woocp_pipelines.rules.customer_matching import Mapped, Unknown
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.customer_world import registered


def decide(match=None, *, paid=False, staff=False, **changes):
    found = match or Unknown()
    return decide_registration(registered(4, **changes), found, has_paid_order=paid, is_staff=staff)


def test_an_incomplete_account_of_the_staff_is_nobody_s_task():
    assert decide(staff=True, company="", phone="") == Decision("staff")
    with pytest.raises(RefusedError, match="INCOMPLETE_REGISTRATION"):
        decide(company="", phone="")


def test_staff_who_buy_are_customers_like_others():
    assert decide(staff=True) == Decision("create")
    assert decide(Mapped("00042"), staff=True, company="") == Decision("note", "00042")
    assert decide(staff=True, paid=True, company="") == Decision("leave")


def test_a_bad_e_mail_of_a_complete_account_is_told_of_staff_too():
    with pytest.raises(RefusedError, match="INVALID_EMAIL"):
        decide(staff=True, email="nobody")
