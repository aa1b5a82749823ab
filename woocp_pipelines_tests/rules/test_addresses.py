"""Addresses: from the store's blocks to Counterpoint's columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.address_lines import address_lines
from woocp_pipelines.rules.addresses import LENGTHS, Cut, read_address, shorten_last_name
from woocp_pipelines.rules.problems import RefusedError

PERSON = {
    "first_name": "Åse",
    "last_name": "Bjørnsdøttir",
    "company": "",
    "address_1": "12 Main St",
    "address_2": "Apt #4",
    "city": "Rochester",
    "postcode": "14604",
    "country": "us",
    "state": "ny",
    "email": " Aase@Example.TEST ",
    "phone": "+1 585-555-1000",
}


def test_a_person_s_address_fills_the_columns():
    address = read_address(PERSON)
    assert (address.NAM, address.NAM_TYP, address.CONTCT_1) == ("Åse Bjørnsdøttir", "P", None)
    assert (address.ADRS_1, address.ADRS_2, address.ADRS_3) == ("12 MAIN ST", "APT #4", None)
    assert (address.CITY, address.STATE, address.ZIP_COD) == ("ROCHESTER", "NY", "14604")
    assert (address.CNTRY, address.PHONE_1) == ("US", "(585) 555-1000")
    assert address.EMAIL_ADRS_1 == "aase@example.test"
    assert address.cuts == ()


def test_another_country_s_lines_are_only_written_in_capitals():
    address = read_address({**PERSON, "address_1": "12 Elm Court Suite 4", "country": "GB"})
    assert (address.ADRS_1, address.ADRS_2) == ("12 ELM COURT SUITE 4", "APT #4")


def test_a_company_names_a_business_and_keeps_its_person_as_contact():
    address = read_address({**PERSON, "company": '3" Pipe & Söns'})
    assert (address.NAM, address.NAM_TYP) == ('3" Pipe & Söns', "B")
    assert address.CONTCT_1 == "Åse Bjørnsdøttir"


def test_an_empty_block_is_a_web_customer_without_address():
    address = read_address({"country": "", "address_1": None})
    assert (address.NAM, address.NAM_TYP, address.has_street) == ("Web Customer", "P", False)
    assert address.CNTRY is None
    assert address.STATE is None


@pytest.mark.cp_bug(52)
def test_nothing_given_is_null_and_never_an_empty_text():
    address = read_address({"first_name": "  ", "state": "", "postcode": ""})
    assert (address.FST_NAM, address.STATE, address.ZIP_COD, address.PHONE_1) == (None,) * 4


def test_an_address_without_country_is_at_home():
    assert read_address({"address_1": "1 A St"}).CNTRY == "US"


@pytest.mark.cp_bug(44)
def test_a_country_s_name_is_refused_instead_of_cut_to_two_letters():
    with pytest.raises(RefusedError) as refused:
        read_address({**PERSON, "country": "United States"})
    assert refused.value.first.code == "BAD_COUNTRY"
    assert refused.value.first.found == "'UNITED STATES'"


def test_a_number_where_a_text_should_be_is_refused_by_name():
    with pytest.raises(RefusedError) as refused:
        read_address({**PERSON, "postcode": 14604})
    assert (refused.value.first.code, refused.value.first.field) == ("NOT_A_TEXT", "postcode")


def test_shipping_takes_the_billing_e_mail():
    shipping = {name: value for name, value in PERSON.items() if name != "email"}
    assert read_address(shipping, fallback_email="B@x.test").EMAIL_ADRS_1 == "b@x.test"


def test_what_is_cut_off_is_kept_as_original():
    address = read_address({**PERSON, "first_name": "Maximiliana Theodora"})
    assert address.FST_NAM == "Maximiliana The"
    assert address.cuts == (Cut("FST_NAM", "Maximiliana Theodora"),)


def test_the_live_catalog_s_lengths_win():
    assert read_address(PERSON, lengths={"CITY": 5}).CITY == "ROCHE"


def test_upper_twins_stay_latin_1_and_as_long_as_the_name():
    twins = read_address({**PERSON, "company": "Straßenbau ÿ"}).upper_names()
    assert twins["NAM_UPR"] == "STRAßENBAU ÿ"
    assert twins["LST_NAM_UPR"] == "BJØRNSDØTTIR"
    assert read_address({}).upper_names()["FST_NAM_UPR"] is None


def test_both_parts_of_a_hyphenated_last_name_survive():
    name = "Featherstonehaugh-Wolfeschlegelstein"
    assert shorten_last_name(name, 25) == "Featherstone-Wolfeschlege"
    address = read_address({**PERSON, "last_name": name})
    assert address.LST_NAM == "Featherstone-Wolfeschlege"
    assert address.cuts == (Cut("LST_NAM", name),)


def test_a_phone_that_is_cut_is_kept_whole_for_the_log():
    phone = "please call the office, not before ten"
    address = read_address({**PERSON, "phone": phone})
    assert (address.PHONE_1, address.cuts) == (phone[:25].rstrip(), (Cut("PHONE_1", phone),))
    assert read_address({**PERSON, "phone": "(954) 555-0100 ext 12"}).cuts == ()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "4500 North Commerce Parkway Boulevard Suite 210",
            ("4500 North Commerce Parkway Boulevard", "Suite 210"),
        ),
        (
            "Regional Distribution Centre, 77 Long Harbour Road",
            ("Regional Distribution Centre", "77 Long Harbour Road"),
        ),
        (
            "123456 Old Plank Unit Road Of The Northern Hills",
            ("123456 Old Plank Unit Road Of The", "Northern Hills"),
        ),
        ("X" * 45, ("X" * 40, "XXXXX")),
    ],
)
def test_a_long_first_line_is_split_where_a_reader_would(line, parts):
    assert address_lines(line, "") == (*parts, "")


def test_a_long_first_line_moves_the_second_to_the_third():
    line = "4500 North Commerce Parkway Boulevard Suite 210"
    assert address_lines(line, "Dock 4")[1:] == ("Suite 210", "Dock 4")


def test_a_lone_second_line_becomes_the_first():
    assert address_lines("", "PO Box 7") == ("PO Box 7", "", "")


LINE = st.text(
    alphabet=st.characters(codec="latin-1", categories=("L", "N", "P", "Zs")), max_size=90
)
SCRAPED = str.maketrans("", "", " ,;")


@given(LINE, LINE)
def test_splitting_loses_nothing_but_blanks_and_commas(first, second):
    lines = address_lines(first, second)
    assert all(len(line) <= 40 for line in lines[:2])
    assert "".join(lines).translate(SCRAPED) == (first + second).translate(SCRAPED)


@given(st.dictionaries(st.sampled_from([k for k in PERSON if k != "country"]), st.text()))
def test_every_text_fits_its_column_and_is_storable(block):
    address = read_address(block)
    for column, length in LENGTHS.items():
        value = getattr(address, column)
        assert value is None or 0 < len(value.encode("latin-1")) <= length
    assert len(address.upper_names()["NAM_UPR"].encode("latin-1")) <= 40
