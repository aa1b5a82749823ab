"""Dead letters: one open row per record, code and field, until it is solved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from woocp_pipelines.counterpoint.dead_letters import (
    Record,
    close_problems,
    read_dead_letters,
    report_problems,
)
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.settlements import (
    Signature,
    read_open_of_order,
    settle_letters,
)
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines_tests.customer_world import rows

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORDER = Record("main", "documents", "order", "7", woo_order_id=7, json='{"id": 7}')
SKU = Problem("SKU_NOT_FOUND", "line_items[0].sku", "'X'", "an item", "add it")
TAX = Problem("NO_TAX_CODE", "tax", "'Y'", "a code", "correct it", "1 + 1 = 3", retryable=True)


def report(engine, record, *problems, now=NOW, due=None):
    with writing(engine) as connection:
        report_problems(connection, record, problems, now, due)


def open_codes(engine):
    with engine.connect() as connection:
        return [row["CODE"] for row in read_dead_letters(connection, "main")]


def test_a_letter_says_everything_that_a_person_needs(engine):
    report(engine, ORDER, TAX, due=NOW + timedelta(minutes=2))
    (row,) = rows(engine, USER_DEAD_LETTER)
    expected = {
        "CODE": "NO_TAX_CODE",
        "FIELD": "tax",
        "FOUND": "'Y'",
        "EXPECTED": "a code",
        "ARITHMETIC": "1 + 1 = 3",
        "NEXT_STEP": "correct it",
        "RETRYABLE": True,
        "ATTEMPTS": 1,
        "FIRST_SEEN_GMT": NOW,
        "NEXT_ATTEMPT_GMT": NOW + timedelta(minutes=2),
        "RECORD_JSON": '{"id": 7}',
    }
    assert {name: row[name] for name in expected} == expected


def test_the_same_problem_again_is_counted_and_not_written_twice(engine):
    report(engine, ORDER, SKU)
    report(engine, ORDER, SKU, now=NOW + timedelta(hours=1))
    (row,) = rows(engine, USER_DEAD_LETTER)
    assert (row["ATTEMPTS"], row["FIRST_SEEN_GMT"]) == (2, NOW)
    assert row["LAST_SEEN_GMT"] == NOW + timedelta(hours=1)


def test_a_problem_that_is_no_more_is_closed_and_kept(engine):
    report(engine, ORDER, SKU, TAX)
    report(engine, ORDER, TAX)
    assert open_codes(engine) == ["NO_TAX_CODE"]
    with writing(engine) as connection:
        close_problems(connection, ORDER, NOW)
    assert open_codes(engine) == []
    assert len(rows(engine, USER_DEAD_LETTER)) == 2


def test_other_records_and_other_kinds_are_left_alone(engine):
    report(engine, ORDER, SKU)
    report(engine, replace(ORDER, key="8"), SKU)
    report(engine, replace(ORDER, kind="revision"), SKU)
    with writing(engine) as connection:
        close_problems(connection, ORDER, NOW)
    assert len(open_codes(engine)) == 2


def test_the_same_problem_twice_in_one_report_is_one_letter(engine):
    report(engine, ORDER, SKU, SKU)
    assert open_codes(engine) == ["SKU_NOT_FOUND"]


def test_long_texts_are_cut_to_their_columns(engine):
    report(engine, ORDER, replace(SKU, found="x" * 900, field="f" * 300))
    report(engine, ORDER, replace(SKU, found="x" * 900, field="f" * 300))
    (row,) = rows(engine, USER_DEAD_LETTER)
    assert (len(row["FOUND"]), len(row["FIELD"]), row["ATTEMPTS"]) == (500, 100, 2)


def test_a_letter_names_the_product_or_customer_that_it_is_about(engine):
    about = replace(SKU, sku="X" * 120, cust_no="40008")
    report(engine, ORDER, about, TAX)
    report(
        engine, Record("main", "inventory", "product", "5", sku="tp-1"), replace(SKU, sku="TP-1")
    )
    assert [(row["SKU"], row["CUST_NO"]) for row in rows(engine, USER_DEAD_LETTER)] == [
        ("X" * 100, "40008"),
        (None, None),
        # As the record gives it: in the store's own spelling.
        ("tp-1", None),
    ]


def test_who_speaks_for_some_codes_leaves_letters_of_others_open(engine):
    revision = replace(ORDER, kind="revision")
    early = replace(SKU, code="REFUNDED_BEFORE_BOOKING")
    edited = replace(SKU, code="ORDER_EDITED")
    report(engine, revision, early)
    with writing(engine) as connection:
        report_problems(connection, revision, [edited], NOW, codes=("ORDER_EDITED",))
    assert open_codes(engine) == ["REFUNDED_BEFORE_BOOKING", "ORDER_EDITED"]
    with writing(engine) as connection:
        report_problems(connection, revision, [], NOW, codes=("ORDER_EDITED",))
    assert open_codes(engine) == ["REFUNDED_BEFORE_BOOKING"]


def test_a_settled_letter_keeps_what_it_held_and_the_problem_opens_a_new_one(engine):
    report(engine, ORDER, SKU)
    with writing(engine) as connection:
        (letter,) = read_open_of_order(connection, "main", 7)
        (settled,) = settle_letters(connection, [letter], Signature("ann", "done"), NOW)
        # What another run may still hold of it from before.
        assert settle_letters(connection, [letter], Signature("bob", "too late"), NOW) == []
    assert not settled.is_open
    report(engine, replace(ORDER, json='{"id": 7, "new": 1}'), SKU)
    first, second = rows(engine, USER_DEAD_LETTER)
    assert (first["RECORD_JSON"], first["SETTLED_BY"], first["SETTLED_NOTE"]) == (
        '{"id": 7}',
        "ann",
        "done",
    )
    assert (second["CLOSED_GMT"], second["SETTLED_BY"]) == (None, None)
