"""Text that single-byte columns hold: cleaned, cut, and never turned into another code."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.rules.text import (
    clean,
    clean_multiline,
    decode,
    fit,
    fit_code,
    format_phone,
    read_email,
    upper_twin,
)

texts = st.text(max_size=80) | st.text(
    st.sampled_from("aZ9 .-ÅåßÿµŁłĐŒş€™½⅓…\u2013\u00ad\u00a0\u0301\u0085\t\n\x00\x1f\x7fß№①㎏日😀"),
    max_size=40,
)


@given(texts)
def test_clean_text_survives_the_code_page_unchanged(text):
    cleaned = clean(text)
    assert cleaned.encode("cp1252").decode("cp1252") == cleaned
    assert cleaned.encode("latin-1").decode("latin-1") == cleaned
    assert not [char for char in cleaned if unicodedata.category(char).startswith(("C", "Z"))
                and char != " "]  # fmt: skip


@given(texts)
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)
    assert clean_multiline(clean_multiline(text)) == clean_multiline(text)


@given(texts)
def test_clean_text_has_single_blanks_and_none_outside(text):
    assert clean(text) == " ".join(clean(text).split(" ")).strip()
    assert "  " not in clean(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("Åse Bjørnsdøttir", "Åse Bjørnsdøttir"),
        ("Łukasz Đorđević", "Lukasz Dordevic"),
        ("Œuvre ŞİŞ ŧ", "OEuvre SIS t"),
        ("O\u2019Brien \u201cBob\u201d", 'O\'Brien "Bob"'),
        ("O\u02bcBrien", "O'Brien"),
        ("8⅓ x 11½", "8 1/3 x 11½"),
        ("8 \u00d7 11 ± 2°", "8 x 11 ± 2 deg"),
        ("5 €, £3, ¥4", "5 EUR, GBP3, JPY4"),
        ("a\u00a0b\u2014c…", "a b-c..."),
        ("Acme© Foo® Bar™", "Acme(c) Foo(R) Bar(TM)"),
        ("co\u00adop", "coop"),
        ("tab\there\r\nand\x00now", "tab here andnow"),
        ("A\u030a", "Å"),
        ("日本 😀 box", "box"),
    ],
)
def test_signs_outside_the_code_page_are_written_out(text, expected):
    assert clean(text) == expected


def test_a_note_keeps_its_lines():
    assert clean_multiline("Leave at\tdock 2\r\n\r\n ring  twice\n") == (
        "Leave at dock 2\n\nring twice"
    )


@given(texts, st.integers(1, 50))
def test_a_fitted_text_never_exceeds_its_column_and_keeps_what_was_cut(text, length):
    fitted = fit(text, length)
    assert len(fitted.value) <= length
    assert fitted.value == fitted.value.strip()
    assert clean(text).startswith(fitted.value)
    assert fitted.original == (None if fitted.value == clean(text) else clean(text))


@given(st.text("AB-", max_size=14), st.integers(1, 12))
def test_a_code_fits_or_is_refused_and_is_never_cut(code, length):
    if len(code) <= length:
        assert fit_code(code, length, "TAX_COD") == code
        return
    with pytest.raises(RefusedError, match="CODE_TOO_LONG") as refused:
        fit_code(code, length, "TAX_COD")
    assert refused.value.first.found == repr(code)


@given(texts)
def test_the_upper_twin_fits_where_its_original_does(text):
    cleaned = clean(text)
    twin = upper_twin(cleaned)
    assert len(twin) == len(cleaned)
    assert upper_twin(twin) == twin
    assert twin.encode("latin-1").decode("latin-1") == twin


def test_entities_of_the_store_are_decoded():
    assert decode("Bl&aring;b&aelig;r &amp; Jam") == "Blåbær & Jam"
    assert decode(None) == ""


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        ("9545550100", "(954) 555-0100"),
        ("954-555-0100", "(954) 555-0100"),
        ("1 (954) 555 0100", "(954) 555-0100"),
        ("+1 954.555.0100", "(954) 555-0100"),
        ("954-555-0100 x12", "(954) 555-0100 ext 12"),
        ("954-555-0100 Ext. 1234", "(954) 555-0100 ext 1234"),
        ("954-555-0100extension 7", "(954) 555-0100 ext 7"),
        ("954\u2013555\u20130100", "(954) 555-0100"),
    ],
)
def test_ten_digits_are_written_the_retailers_way(written, formatted):
    assert format_phone(written) == formatted
    assert format_phone(formatted) == formatted


@pytest.mark.parametrize(
    "written",
    [
        "",
        "555-0100",
        "+44 20 7946 0958",
        "+4712345678",
        "2-954-555-0100",
        "1-800-FLOWERS",
        "954-555-0100 x12 after 5",
        "954-555-0100 ext 1234567",
    ],
)
def test_any_other_number_stays_as_it_was_written(written):
    assert format_phone(written) == written


@given(texts | st.from_regex(r"[+]?[0-9 ().x-]{0,30}", fullmatch=True), st.integers(14, 25))
def test_a_phone_never_exceeds_its_column(text, length):
    assert len(format_phone(text, length)) <= length


@pytest.mark.parametrize("address", ["Ann@Printers.TEST ", "a.b+c@d-e.co", "x@y.zz"])
def test_an_address_is_trimmed_and_lower_case(address):
    assert read_email(address) == address.strip().lower()


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "ann",
        "ann@printers",
        "a b@c.de",
        "a@b@c.de",
        "a@b.de,c@d.ef",
        "å@b.de",
        "a\x00b@c.de",
        "a\x7f@c.de",
        f"{'a' * 45}@bc.de",
        '"a"@b.de',
        "<a@b.de>",
        "a@b.",
    ],
)
def test_what_is_no_address_is_none_and_never_cut(address):
    assert read_email(address) is None


@given(texts | st.emails())
def test_an_address_that_is_read_fits_its_column(text):
    address = read_email(text)
    assert address is None or (len(address) <= 50 and read_email(address) == address)
