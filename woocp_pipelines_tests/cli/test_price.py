"""`woocp price`: the retailer's own rules, and refusal where they cannot be decided."""

import pytest


def test_the_price_and_its_rule_are_told_with_money_as_strings(home, woocp):
    ran = woocp("price", "40002", "PR-1002", "20", "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 0
    assert (answer["unit_price"], answer["extended"]) == ("4.95", "99.00")
    assert (answer["group_type"], answer["group_code"], answer["rule_seq"]) == ("C", "CBLT 2026", 1)


def test_people_read_the_price_and_its_rule(home, woocp):
    ran = woocp("price", "40001", "FS-1003", "1", "--sandbox")
    assert ran.out.startswith("1 of FS-1003 for 40001: 36.25 each, 36.25 together (group S")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("40031", "PR-1002", "1"), "cannot be decided"),
        (("nobody", "PR-1002", "1"), "customer 'nobody' is not in the price book"),
        (("40002", "NOPE", "1"), "item 'NOPE' is not in the price book"),
        (("40002", "PR-1002", "0"), "above 0"),
        (("40002", "PR-1002", "NaN"), "expected a finite decimal number"),
    ],
)
def test_what_cannot_be_priced_ends_with_2(home, woocp, arguments, said):
    ran = woocp("price", *arguments, "--sandbox")
    assert ran.code == 2
    assert said in " ".join(ran.err.split())
    assert ran.out == ""
