"""`woocp price`: the retailer's own rules, and refusal where they cannot be decided."""

from decimal import Decimal

import pytest

from woocp_pipelines.rules.money import round_to
from woocp_pipelines.settings_loading import SANDBOX_CONFIG


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


def test_an_explanation_shows_every_rule_and_the_arithmetic(home, woocp):
    ran = woocp("price", "40002", "PR-1002", "20", "--sandbox", "--explain")
    assert ran.code == 0
    text = " ".join(ran.out.split())
    for said in ("won", "held as 4.9500, rounded half away from zero to 2 decimals: 4.95"):
        assert said in text
    assert "times 20: 99.00" in text
    assert "4.95 each, 99.00 together (group C CBLT 2026, rule 1" in text


def test_an_explanation_is_one_document_with_numbers_as_strings(home, woocp):
    ran = woocp("price", "40002", "PR-1002", "20", "--sandbox", "--explain", "--json")
    told = ran.json()
    won = [step for step in told["steps"] if step["outcome"] == "won"]
    assert [(step["group_code"], step["rule_seq"]) for step in won] == [("CBLT 2026", 1)]
    assert told["arithmetic"]["extended"] == told["answer"]["extended"] == "99.00"


def test_a_price_that_cannot_be_decided_is_explained_and_ends_with_1(home, woocp):
    ran = woocp("price", "40031", "PR-1002", "1", "--sandbox", "--explain")
    assert ran.code == 1
    assert "undecidable" in ran.out
    assert "cannot be decided" in " ".join(ran.out.split())


def test_the_dates_of_groups_are_asked_at_the_moment_that_is_given(home, woocp):
    asked = ("price", "40001", "FS-1003", "1", "--sandbox", "--json")
    assert woocp(*asked).json()["group_type"] == "S"
    assert woocp(*asked, "--at", "2020-01-01T12:00").json()["group_code"] == "OLD-DEAL"


def test_a_moment_written_otherwise_is_a_usage_error_that_says_what_is_expected(home, woocp):
    ran = woocp("price", "40001", "FS-1003", "1", "--sandbox", "--at", "2020-1-1T12:00")
    said = " ".join(ran.err.split())
    assert ran.code == 2
    assert "'--at': found '2020-1-1T12:00', expected a day of the calendar as YYYY-MM-DD" in said


def test_a_unit_that_the_item_does_not_have_is_named(home, woocp):
    ran = woocp("price", "40002", "PR-1002", "1", "--sandbox", "--unit", "5", "--location", "01")
    assert ran.code == 2
    assert "has no unit '5'" in " ".join(ran.err.split())


def test_a_method_is_computed_once_the_settings_say_what_its_code_means(home, woocp, monkeypatch):
    config = home / "woocp.toml"
    database = (home / "sandbox" / "counterpoint.db").as_posix()
    monkeypatch.setenv("WOOCP_CONFIG", str(config))
    monkeypatch.setenv("WOOCP_DATABASE_URL", f"sqlite:///{database}")
    settings = SANDBOX_CONFIG.read_text("utf-8")
    asked = ("price", "40030", "PR-1002", "1", "--json")
    config.write_text(settings, "utf-8")
    assert woocp(*asked).code == 2
    config.write_text(f'{settings}\n[prices.methods]\nM = "markup"\n', "utf-8")
    answer = woocp(*asked).json()
    assert (answer["group_code"], answer["method"], answer["amount"]) == ("MARKUP", "M", "24.0000")
    exact = Decimal(answer["basis"]) * Decimal("1.24")
    assert Decimal(answer["unit_price"]) == round_to(exact, 2)
