"""Web customers: what is read of them, who may enter, and the row of a new one."""

from dataclasses import replace

import pytest

from woocp_pipelines.counterpoint.tables import AR_CUST
from woocp_pipelines.rules.customer_building import customer_row, tax_code
from woocp_pipelines.rules.customer_checks import check_new_customer, warnings
from woocp_pipelines.rules.customer_reading import order_customer, registered_customer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Tax
from woocp_pipelines_tests.customer_world import NOW, block, order, registered, settings_for, user


def test_the_row_has_every_column_that_must_not_be_null():
    row = customer_row("00100", registered(4), settings_for(), NOW)
    needed = {column.name for column in AR_CUST.columns if not column.nullable}
    assert needed <= {name for name, value in row.items() if value is not None}
    assert row.keys() <= set(AR_CUST.columns.keys())


def test_the_row_of_a_new_customer():
    row = customer_row("00100", registered(4), settings_for(), NOW)
    assert (row["NAM"], row["NAM_UPR"]) == ("Nordlys & Søn", "NORDLYS & SØN")
    assert (row["CUST_NAM_TYP"], row["CONTCT_1"]) == ("B", "Åse Bjørnsdøttir")
    assert (row["CATEG_COD"], row["PROF_COD_1"]) == ("RETAIL", "RETAIL")
    assert (row["TAX_COD"], row["STR_ID"], row["SLS_REP"]) == ("NY-STATE", "01", "INTEG")
    assert row["LST_MAINT_DT"].isoformat() == "2026-11-22T12:05:09"
    assert row["RS_UTC_DT"].isoformat() == "2026-11-22T17:05:09"


@pytest.mark.cp_bug(52)
def test_no_column_of_a_new_customer_holds_an_empty_text():
    bare = {"id": 4, "email": "a@x.test", "billing": {}, "shipping": {}}
    row = customer_row("00100", registered_customer(bare), settings_for(tax={}), NOW)
    assert "" not in row.values()
    assert row["TAX_COD"] is None
    assert row["NAM"] == "Web Customer"


@pytest.mark.cp_bug(42)
def test_a_web_role_gives_no_price_tier():
    customer = registered_customer({**user(4), "role": "tier_5_customers"})
    assert customer_row("00100", customer, settings_for(), NOW)["PROF_COD_1"] == "RETAIL"


def test_the_account_s_own_name_and_e_mail_come_first():
    record = {**user(4, last_name="Billing"), "last_name": "Account", "email": "Own@x.test"}
    customer = registered_customer(record)
    assert (customer.address.LST_NAM, customer.email) == ("Account", "own@x.test")


def test_shipping_gives_what_billing_lacks():
    record = user(4, address_1="", phone="", company="")
    record["shipping"] = block(address_1="9 Dock Rd", city="Utica", phone="315-555-0000")
    address = registered_customer(record).address
    assert (address.ADRS_1, address.CITY, address.PHONE_1) == (
        "9 DOCK RD",
        "UTICA",
        "(315) 555-0000",
    )
    assert address.NAM == "Nordlys & Søn"


def test_only_another_place_is_a_ship_to_address():
    record = user(4)
    assert registered_customer(record).ship_to is None
    record["shipping"] = block(address_1="9 Dock Rd")
    assert registered_customer(record).ship_to.ADRS_1 == "9 DOCK RD"


def test_what_changes_by_itself_leaves_the_hash_alone():
    record = user(4)
    same = {**record, "date_modified_gmt": "2026-11-21T00:00:00", "meta_data": [{"id": 1}]}
    assert registered_customer(same).content_hash == registered_customer(record).content_hash
    moved = user(4, city="Utica")
    assert registered_customer(moved).content_hash != registered_customer(record).content_hash


def problems_of(customer):
    with pytest.raises(RefusedError) as refused:
        check_new_customer(customer)
    return refused.value.problems


@pytest.mark.cp_bug(54)
@pytest.mark.parametrize("field", ["company", "address_1", "phone", "email"])
def test_a_registration_that_lacks_something_is_refused_by_name(field):
    (problem,) = problems_of(registered(4, **{field: ""}))
    name = {"address_1": "address line 1", "email": "e-mail"}.get(field, field)
    assert (problem.code, problem.field) == ("INCOMPLETE_REGISTRATION", name)
    assert problem.found == f"no {name}"
    assert problem.next_step.endswith("; the next customer sync takes it up")


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("not an e-mail", "'not an e-mail'"),
        (f"{'long' * 14}@x.test", f"'{'long' * 14}@x.test', 63 characters"),
    ],
)
def test_a_bad_e_mail_of_a_registration_is_shown_with_the_limit(email, found):
    (problem,) = problems_of(registered(4, email=email))
    assert (problem.code, problem.field, problem.found) == ("INVALID_EMAIL", "email", found)
    assert problem.expected == "an e-mail address of at most 50 characters"
    assert "web user 4; the next customer sync" in problem.next_step


def test_what_is_missing_and_what_is_wrong_are_told_apart():
    both = problems_of(registered(4, email="nobody", company="", phone="call me at 5 past 12"))
    assert [(each.code, each.found) for each in both] == [
        (
            "INCOMPLETE_REGISTRATION",
            "no company, phone 'call me at 5 past 12' of fewer than 7 digits",
        ),
        ("INVALID_EMAIL", "'nobody'"),
    ]


@pytest.mark.parametrize("phone", ["555-1000", "+47 22 33 44 55", "call 555-1000"])
def test_seven_digits_are_a_phone(phone):
    assert check_new_customer(registered(4, phone=phone)) is None


def test_what_is_wrong_with_a_registration_never_asks_for_a_replay():
    with pytest.raises(RefusedError) as refused:
        registered(4, country="Norway")
    assert refused.value.first.next_step.endswith("address; the next customer sync takes it up")
    with pytest.raises(RefusedError) as refused:
        order_customer(order(7, country="Norway"))
    assert refused.value.first.next_step.endswith("; then replay")


def test_behind_a_paid_order_nothing_needs_to_be_complete():
    guest = order_customer(order(7, company="", phone="", address_1=""))
    assert check_new_customer(guest) is None
    assert guest.key == "order W7"


@pytest.mark.parametrize(
    ("customer_id", "step"),
    [
        (
            0,
            (
                "enter customer and ticket in Counterpoint by hand and `woocp settle` the order; "
                "or correct the e-mail in the order, then replay"
            ),
        ),
        (
            5,
            (
                "enter the customer in Counterpoint and in USER_CUSTOMER_MAP for web user 5, or "
                "correct the e-mail in the order; then replay"
            ),
        ),
    ],
)
def test_an_e_mail_that_does_not_fit_is_refused_and_never_cut(customer_id, step):
    with pytest.raises(RefusedError) as refused:
        check_new_customer(order_customer(order(7, customer_id, email=f"{'long' * 12}@x.test")))
    assert refused.value.first.code == "INVALID_EMAIL"
    assert refused.value.first.next_step == step


def test_warnings_name_odd_addresses_and_cut_texts():
    odd = registered(4, email="ab1234@mailinator.com", city="C" * 25)
    assert warnings(odd) == [
        f"CITY cut, was '{'C' * 25}'",
        "disposable mail domain",
        "e-mail name looks generated",
    ]
    assert warnings(registered(4)) == []


def test_a_state_is_looked_up_in_its_own_country():
    tax = settings_for(tax={"default": "", "by_state": {"WA": "WA-STATE", "AU:WA": "PERTH"}}).tax
    address = registered(4, state="WA").address
    assert tax_code(address, tax) == "WA-STATE"
    assert tax_code(replace(address, CNTRY="AU"), tax) == "PERTH"
    assert tax_code(replace(address, CNTRY="NZ"), tax) is None


def test_a_tax_code_that_does_not_fit_is_refused_and_never_cut():
    # Loaded settings refuse it already.
    tax = Tax.model_construct(default="FAR-TOO-LONG", by_state={})
    with pytest.raises(RefusedError, match="CODE_TOO_LONG"):
        tax_code(registered(4, state="ZZ").address, tax)


def test_the_shipping_company_comes_before_the_billing_one():
    record = user(4, company="Billing & Co")
    record["shipping"]["company"] = "Shipping & Co"
    assert registered_customer(record).address.NAM == "Shipping & Co"


def test_without_company_the_name_is_the_person_s_or_nobody_s():
    record = {**user(4, company=""), "shipping": {}}
    address = registered_customer(record).address
    assert (address.NAM, address.NAM_TYP) == ("Åse Bjørnsdøttir", "P")
    nobody = {**user(4, company="", first_name="", last_name=""), "shipping": {}}
    assert registered_customer(nobody).address.NAM == "Web Customer"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("1 (585) 555-1000", "(585) 555-1000"),
        ("585.555.1000 x 12", "(585) 555-1000 ext 12"),
        ("+47 22 33 44 55", "+47 22 33 44 55"),
    ],
)
def test_phones_are_written_as_the_office_does(given, shown):
    assert registered(4, phone=given).address.PHONE_1 == shown


@pytest.mark.parametrize(
    ("email", "warning"),
    [
        ("someone@mailinator.com", "disposable mail domain"),
        ("123456@x.test", "e-mail name of digits only"),
        ("ab@x.test", "very short e-mail name"),
        ("xqzt20241@x.test", "e-mail name looks generated"),
    ],
)
def test_a_spam_warning_never_refuses(email, warning):
    customer = registered(4, email=email)
    assert warnings(customer) == [warning]
    assert check_new_customer(customer) is None


@pytest.mark.cp_bug(54)
@pytest.mark.parametrize(
    ("changes", "gaps"),
    [
        ({"city": "", "postcode": ""}, ["no CITY", "no ZIP_COD"]),
        ({"state": "New York"}, ["STATE NEW YORK is no code of two letters"]),
        ({"state": "", "country": "GB"}, []),
        ({"city": "", "country": "GB"}, ["no CITY"]),
    ],
)
def test_gaps_in_an_address_are_shown_to_people(changes, gaps):
    assert warnings(registered(4, **changes)) == gaps
