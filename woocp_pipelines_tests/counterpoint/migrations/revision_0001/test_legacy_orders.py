"""The judgement of the retailer's order rows: the six states of CP §2.2, and what they hide."""

import pytest

from woocp_pipelines.counterpoint.migrations.revision_0001.legacy_orders import LegacyRow, judge


def row(staging_id, order=1, *, applied=False, error=None, document=None):
    return LegacyRow(staging_id, order, str(order), "10001", applied, error, document)


@pytest.mark.parametrize(
    ("legacy", "status"),
    [
        (row(1), "REREAD"),
        (row(1, applied=None), "REREAD"),
        (row(1, error="no SKU"), "REREAD"),
        (row(1, applied=None, error="[Attempt 2/3] timeout"), "REREAD"),
        (row(1, applied=True), "BOOKED"),
        (row(1, applied=True, document="10901000000012"), "BOOKED"),
        (row(1, applied=True, error="an old warning", document="17"), "BOOKED"),
        (row(1, applied=True, error="MANUALLY_SKIPPED: test order"), "SKIPPED"),
        (row(1, applied=True, error=" manually_skipped: test order"), "SKIPPED"),
        (row(1, applied=None, error="MANUALLY_SKIPPED: flag forgotten"), "SKIPPED"),
        (row(1, applied=True, document="   "), "BOOKED"),
    ],
)
def test_each_state_has_its_status(legacy, status):
    judgement = judge([legacy])
    assert judgement.status == {1: status}
    assert judgement.settled == ([] if status == "REREAD" else [legacy])
    assert judgement.letters == []


@pytest.mark.parametrize(
    ("text", "doc_id"),
    [
        ("10901000000012", 10901000000012),
        (" 17 ", 17),
        ("O101-000354", None),
        ("ORDER", None),
        ("²", None),
        ("9" * 15, 999999999999999),
        ("", None),
        (None, None),
    ],
)
def test_only_a_number_is_a_document_id(text, doc_id):
    assert row(1, applied=True, document=text).doc_id == doc_id


def test_a_document_without_the_flag_is_booked_and_shown_to_a_person():
    judgement = judge([row(1, applied=None, document="17")])
    assert judgement.status == {1: "BOOKED"}
    assert [letter.code for letter in judgement.letters] == ["LEGACY_STATE_UNCLEAR"]


def test_of_two_rows_left_undone_the_newest_keeps_the_key():
    judgement = judge([row(2), row(1, error="no SKU")])
    assert judgement.status == {1: "DUPLICATE", 2: "REREAD"}
    letter = judgement.letters[0]
    assert (letter.code, letter.row.staging_id) == ("DUPLICATE_STAGING_ROW", 1)
    assert letter.found == (
        "the scripts before woocp left row 1 (not applied) and row 2 (not applied); "
        "the latter is kept"
    )


def test_the_letter_of_an_order_yet_to_be_booked_warns_of_settling_it_too_early():
    (pending,) = judge([row(1, 7), row(2, 7)]).letters
    (booked,) = judge([row(1, 7), row(2, 7, applied=True)]).letters
    assert pending.next_step.endswith(
        "then `woocp settle --letter ID --note …`, or `woocp settle 7 --note …` once the order is "
        "booked"
    )
    assert booked.next_step.endswith("then `woocp settle 7 --note …`")


def test_a_booked_row_keeps_the_key_however_old_it_is():
    judgement = judge([row(1, applied=True, document="17"), row(2), row(3, error="x")])
    assert judgement.status == {1: "BOOKED", 2: "DUPLICATE", 3: "DUPLICATE"}
    assert [letter.row.staging_id for letter in judgement.letters] == [2, 3]


def test_a_skipped_row_keeps_the_key_from_one_left_undone():
    judgement = judge([row(1, applied=True, error="MANUALLY_SKIPPED: x"), row(2)])
    assert judgement.status == {1: "SKIPPED", 2: "DUPLICATE"}
    assert [letter.code for letter in judgement.letters] == ["DUPLICATE_STAGING_ROW"]
    assert "row 1 (skipped by hand)" in judgement.letters[0].found


def test_a_row_with_its_document_keeps_the_key_from_one_without():
    judgement = judge([row(1, applied=True, document="17"), row(2, applied=True)])
    assert judgement.status == {1: "BOOKED", 2: "DUPLICATE"}
    assert judgement.settled[0].doc_id == 17


def test_two_documents_of_one_order_are_both_named():
    judgement = judge([row(1, applied=True, document="17"), row(2, applied=True, document="18")])
    assert judgement.status == {1: "DUPLICATE", 2: "BOOKED"}
    assert judgement.settled[0].doc_id == 18
    letter = judgement.letters[0]
    assert letter.code == "DOUBLE_BOOKED"
    assert "document 17" in letter.found
    assert "document 18" in letter.found


def test_the_same_document_twice_is_one_booking():
    judgement = judge([row(1, applied=True, document="17"), row(2, applied=True, document="017 ")])
    assert [letter.code for letter in judgement.letters] == ["DUPLICATE_STAGING_ROW"]


def test_rows_of_different_orders_never_meet():
    judgement = judge([row(1, 5), row(2, 6), row(3, 7, applied=True)])
    assert judgement.status == {1: "REREAD", 2: "REREAD", 3: "BOOKED"}
    assert judgement.letters == []
