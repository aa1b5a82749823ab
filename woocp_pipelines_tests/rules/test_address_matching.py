"""The same address in many spellings is one; different ones stay apart (CP §3.2.3)."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from woocp_pipelines.rules.address_matching import SAME_WHEN, place_of
from woocp_pipelines.rules.addresses import read_address


def row(**columns):
    base = {
        "NAM": "HARBOR LANE BAKERY, INC.",
        "ADRS_1": "12 NORTH ELM COURT NE",
        "ADRS_2": "SUITE 208",
        "ADRS_3": None,
        "CITY": "ST. PETERSBURG",
        "STATE": "FL",
        "ZIP_COD": "33701",
    }
    return {**base, **columns}


@pytest.mark.parametrize(
    "columns",
    [
        {"NAM": "Harbor  Lane Bakery Inc"},
        {"ADRS_1": "12 N. Elm Ct. N.E."},
        {"ADRS_1": "12 north elm crt northeast", "ADRS_2": "Ste. 208"},
        {"ADRS_1": "12 north elm court north east"},
        {"ADRS_2": "STE #208"},
        {"ADRS_1": "12 North Elm Court NE, STE208", "ADRS_2": ""},
        {"ADRS_2": None, "ADRS_3": "Suite 208"},
        {"CITY": "Saint Petersburg"},
        {"ZIP_COD": "33701-1234"},
        {"ZIP_COD": "337011234"},
        {"STATE": "fl "},
    ],
)
def test_the_same_address_otherwise_written_is_one(columns):
    assert place_of(row(**columns)) == place_of(row())


@pytest.mark.parametrize(
    "columns",
    [
        {"NAM": "HARBOR LANE BAKERY 2"},
        {"ADRS_1": "12 NORTH ELM COURT"},
        {"ADRS_1": "12 SOUTH ELM COURT NE"},
        {"ADRS_1": "12 NORTH ELM STREET NE"},
        {"ADRS_1": "1 2 NORTH ELM COURT NE"},
        {"ADRS_1": "12.5 NORTH ELM COURT NE"},
        {"ADRS_2": "SUITE 20"},
        {"ADRS_2": "APT 208"},
        {"ADRS_2": None},
        {"ADRS_3": "DOCK 4"},
        {"CITY": "PETERSBURG"},
        {"STATE": "VA"},
        {"ZIP_COD": "33702"},
    ],
)
def test_another_address_stays_apart(columns):
    assert place_of(row(**columns)) != place_of(row())


def test_a_lettered_street_is_not_a_direction():
    assert place_of(row(ADRS_1="12 N ST")) != place_of(row(ADRS_1="12 NORTH ST"))


def test_postcodes_of_other_countries_differ_by_more_than_blanks():
    assert place_of(row(ZIP_COD="K1A 0B1")) == place_of(row(ZIP_COD="k1a0b1"))
    assert place_of(row(ZIP_COD="K1A 0B1")) != place_of(row(ZIP_COD="K1A 0B2"))


TYPES = {
    "Street": ("ST", "St.", "STREET", "street"),
    "Court": ("CT", "Crt", "COURT"),
    "Boulevard": ("BLVD", "Blvd.", "Boulevard"),
    "Road": ("RD", "Rd.", "road"),
    "Circle": ("CIR", "CR", "Circle"),
}
WAYS = {
    "": ("",),
    "Northeast": (" NE", " N.E.", " Northeast", " North East"),
    "South": (" S", " S.", " south"),
}
UNITS = ("{}", "Suite {}", "STE {}", "ste{}", "Ste. {}", "Ste #{}")


@st.composite
def spelled(draw, number, name, kind, way, unit):
    street = (
        f"{number} {name} {draw(st.sampled_from(TYPES[kind]))}{draw(st.sampled_from(WAYS[way]))}"
    )
    case = draw(st.sampled_from((str.upper, str.lower, str)))
    room = draw(st.sampled_from(UNITS[1:])).format(unit)
    gap = draw(st.sampled_from((" ", "  ")))
    lines = draw(
        st.sampled_from(((street, room), (f"{street}, {room}", ""), (f"{street} {room}", "")))
    )
    zips = st.sampled_from(("14604", "14604-1234"))
    return {
        "company": case("Nordlys Form"),
        "address_1": case(lines[0]).replace(" ", gap),
        "address_2": case(lines[1]),
        "city": case("Rochester"),
        "state": "NY",
        "postcode": draw(zips),
        "country": "US",
    }


facts = st.tuples(
    st.integers(1, 99999),
    st.sampled_from(
        ("Elm", "Fifth", "5th", "Twenty Second", "22nd", "O'Neil", "Old Post", "Court", "St. James")
    ),
    st.sampled_from(sorted(TYPES)),
    st.sampled_from(sorted(WAYS)),
    st.integers(1, 999),
)


def place(block):
    return place_of(read_address(block).columns())


@given(st.data(), facts)
def test_one_address_in_two_spellings_is_one(data, fact):
    first, second = (data.draw(spelled(*fact)) for _ in range(2))
    assert place(first) == place(second)


@given(st.data(), facts, facts)
def test_two_addresses_in_any_spelling_are_two(data, one, other):
    same = {"Fifth": "5th", "Twenty Second": "22nd"}
    meant = [(fact[0], same.get(fact[1], fact[1]), *fact[2:]) for fact in (one, other)]
    assume(meant[0] != meant[1])
    first, second = (data.draw(spelled(*fact)) for fact in (one, other))
    assert place(first) != place(second)


def test_the_columns_that_count_are_those_that_all_three_tables_have():
    assert set(SAME_WHEN) <= read_address({}).columns().keys()
