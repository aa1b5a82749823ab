"""The office's address rules (CP §3.8), and what they must never do to an address."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.address_lines import office_lines
from woocp_pipelines.rules.street_words import DIRECTIONS, OFFICE_TYPES, ORDINALS, TENS, UNITS
from woocp_pipelines.rules.text import upper_twin

WIDTH = 40


def one(line):
    first, second, third = office_lines((line,))
    assert third == ""
    return f"{first} | {second}" if second else first


@pytest.mark.parametrize(("word", "short"), sorted(ORDINALS.items()))
def test_ordinals_up_to_twenty_become_numbers(word, short):
    assert one(f"12 {word.title()} Street") == f"12 {short} ST"


@pytest.mark.parametrize("tens", TENS)
@pytest.mark.parametrize("sign", [" ", "-"])
def test_a_compound_number_is_shortened_as_a_whole(tens, sign):
    assert one(f"12 {tens}{sign}third street") == f"12 {TENS[tens]}3RD ST"


@pytest.mark.parametrize(("word", "short"), sorted(OFFICE_TYPES.items()))
def test_a_street_type_is_shortened_as_the_last_word(word, short):
    assert one(f"12 Elm {word.lower()}") == f"12 ELM {short}"


@pytest.mark.parametrize(("word", "short"), sorted(DIRECTIONS.items()))
def test_a_direction_after_the_type_is_shortened(word, short):
    assert one(f"12 Elm Road {word.title()}") == f"12 ELM ROAD {short}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12 Elm St. N.E.", "12 ELM ST NE"),
        ("12 Elm St S.W", "12 ELM ST SW"),
        ("12 N. Elm Ave.", "12 N ELM AVE"),
        ("100 N.W. 5th Place", "100 NW 5TH PL"),
        ("1200 US Highway 27 North", "1200 US HIGHWAY 27 N"),
        ("55 Fifth Avenue, Ste.208", "55 5TH AVE | STE 208"),
        ("55 Elm St Suite 208", "55 ELM ST | SUITE 208"),
        ("55 Elm St APT4B", "55 ELM ST | APT 4B"),
        ("55 Elm St Unit#5", "55 ELM ST | UNIT #5"),
        ("55 Airfield Road Hanger 4a", "55 AIRFIELD ROAD | HNGR 4A"),
        ("55 Elm St Warehouse 3", "55 ELM ST | WHSE 3"),
        ("55 Elm St Room 12", "55 ELM ST | RM 12"),
        ("55 Elm St #4", "55 ELM ST | #4"),
        ("55 Elm St 3rd Floor", "55 ELM ST | 3RD FLOOR"),
        ("55 Elm St Third Floor", "55 ELM ST | 3RD FLOOR"),
        ("55 Elm St Building C Suite 7", "55 ELM ST | BUILDING C SUITE 7"),
        ("55 Elm Street Attn: Drive Team", "55 ELM ST | ATTN: DRIVE TEAM"),
        ("55 Elm Street c/o Ann Court", "55 ELM ST | C/O ANN COURT"),
        ("P.O. Box 12", "P.O. BOX 12"),
        ("100 First Avenue North East", "100 1ST AVE NE"),
        ("100 First Ave. N. E.", "100 1ST AVE NE"),
        ("100 Elm Avenue South West Suite 4", "100 ELM AVE SW | SUITE 4"),
        ("1200 US Highway 27 North East", "1200 US HIGHWAY 27 NE"),
        ("100 North East First Avenue", "100 NE 1ST AVE"),
        ("100 N. W. Twenty-Second Terrace", "100 NW 22ND TER"),
        ("100 Twenty Second Terrace", "100 22ND TER"),
        ("NW Thirty Ninth Street", "NW 39TH ST"),
        ("55 Elm St Twenty First Floor", "55 ELM ST | 21ST FLOOR"),
    ],
)
def test_examples(line, expected):
    assert one(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "12 COURT",
        "12 AVENUE OF THE AMERICAS",
        "AVENUE NORTH",
        "12 THE CIRCLE",
        "12 NORTH ROAD",
        "FIRST BAPTIST CHURCH",
        "SECOND HAND BOOKS",
        "12 SUITE A ROAD",
        "12 ROOM TO GROW LANE",
        "12 LOT 5 WAY",
        "12 STE MARIE ROAD",
        "12 1/2 NORTH ROAD",
        "KEY WEST",
        "12 TRUE NORTH EAST",
        "12 NORTH EAST ROAD",
        "12 NORTH EAST RIVER ROAD",
        "55 AVENUE N E",
        "12 1ST AVE N EAST",
        "1 AVENUE NORTH, EAST ENTRANCE",
        "TWENTY SECOND WAY",
        "TWENTY-FIRST CENTURY BOOKS",
        "ONE HUNDRED FIRST WAY",
        "12 ONE HUNDRED AND TWENTY FIRST WAY",
        "55 ELM ST SUITE ROYALE",
    ],
)
def test_a_name_that_looks_like_a_type_a_direction_or_a_unit_stays(line):
    assert one(line) == line


@pytest.mark.cp_bug(67)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Court Street", "COURT ST"),
        ("12 Park Place Drive", "12 PARK PLACE DR"),
        ("12 Highway Avenue South", "12 HIGHWAY AVE S"),
    ],
)
def test_street_words_are_replaced_at_the_end_of_the_name_only(line, expected):
    assert one(line) == expected


@pytest.mark.cp_bug(67)
@pytest.mark.parametrize("written", ["N.E.", "N.E", "NE.", "n.e.", "Northeast", "NE"])
def test_every_spelling_of_a_direction_is_recognised(written):
    assert one(f"12 Elm Street {written}") == "12 ELM ST NE"


@pytest.mark.cp_bug(67)
@pytest.mark.parametrize("written", ["N.H.", "N.T.", "S.H."])
def test_other_initials_are_no_directions(written):
    assert one(f"12 {written} Elm Road") == f"12 {written} ELM ROAD"


@pytest.mark.cp_bug(67)
def test_a_direction_that_ends_a_name_before_a_unit_stays():
    assert one("12 True North Ste 4") == "12 TRUE NORTH | STE 4"


@pytest.mark.cp_bug(67)
def test_a_long_address_is_spelled_like_a_short_one_and_not_cut():
    long = "4500 North Commerce Parkway Boulevard Northeast Suite 210, Attn Receiving Street Door"
    lines = office_lines((long,))
    assert lines == (
        "4500 NORTH COMMERCE PARKWAY BLVD NE",
        "SUITE 210, ATTN RECEIVING STREET DOOR",
        "",
    )


@pytest.mark.parametrize("above", ["Attn: Bill", "c/o Bill Court", "STE208", "Unit B"])
def test_line_2_holds_the_unit_or_the_person_also_where_it_stood_above(above):
    first, second, _ = office_lines((above, "12 Main Street"))
    assert (first, second) == ("12 MAIN ST", above.upper().replace("STE208", "STE 208"))


def test_a_unit_pushes_the_second_line_down():
    assert office_lines(("12 Main Street Suite 4", "Back door")) == (
        "12 MAIN ST",
        "SUITE 4",
        "BACK DOOR",
    )


@pytest.mark.parametrize(
    ("first", "second"), [("12 MAIN ST STE 4", "STE 4"), ("HARBOR PLAZA STE 4", "12 MAIN ST")]
)
def test_a_unit_stays_where_moving_it_would_tear_or_double_it(first, second):
    assert office_lines((first, second)) == (first, second, "")


def test_letters_without_a_capital_in_the_code_page_stay():
    assert one("Große Straße 12 ÿ") == "GROßE STRAßE 12 ÿ"


PLAIN = ("12", "4500", "1/2", "ELM", "The", "Main", "N.E.", "N.", "St.", "box", "Ann", "O'Neil")
ODD = ("STE208", "APT4B", "#5", "# 5", "ATTN:", "c/o", "3rd floor", "PO", "Box")
WORD = st.one_of(
    st.sampled_from(
        [
            *(*OFFICE_TYPES, *OFFICE_TYPES.values(), *DIRECTIONS, *DIRECTIONS.values()),
            *(*ORDINALS, *TENS, *UNITS, *PLAIN, *ODD),
        ]
    ),
    st.text(st.characters(codec="latin-1", categories=("L", "Nd")), min_size=1, max_size=12),
)
LINE = st.lists(st.tuples(WORD, st.sampled_from([" ", ", "])), max_size=12).map(
    lambda pairs: "".join(word + gap for word, gap in pairs).strip()
)
COMPOUNDS = {
    f"{digit}{short}": f"{tens}{short}"
    for tens, digit in TENS.items()
    for short in list(ORDINALS.values())[:9]
}
SHORT = {**OFFICE_TYPES, **DIRECTIONS, **ORDINALS, **COMPOUNDS}


def letters(lines):
    """The words as the office would shorten all of them, without signs and blanks."""
    words = " ".join(lines).upper().replace(",", " ").split()
    kept = ("".join(c for c in SHORT.get(word, word) if c.isalnum()) for word in words)
    return Counter("".join(kept).upper())


@given(LINE, LINE)
def test_doing_it_again_changes_nothing(first, second):
    once = office_lines((first, second))
    assert office_lines(once) == once


@given(LINE, LINE)
def test_no_word_and_no_digit_is_lost(first, second):
    assert letters(office_lines((first, second))) == letters((first, second))


@given(LINE, LINE)
def test_only_inserted_blanks_make_it_longer(first, second):
    before, after = "".join((first, second)), "".join(office_lines((first, second)))
    assert len(after.replace(" ", "")) <= len(before.replace(" ", ""))


@given(LINE, LINE)
def test_the_first_two_lines_fit_and_all_is_upper_case(first, second):
    lines = office_lines((first, second), WIDTH)
    assert all(len(line) <= WIDTH for line in lines[:2])
    assert all(upper_twin(line) == line for line in lines)
