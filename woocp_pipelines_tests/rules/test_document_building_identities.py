"""The reconciliation identities of CP §4.9, over invented orders and every option of CP §4.1."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given, settings

from woocp_pipelines.rules.money import cents
from woocp_pipelines.rules.web_order import WebLine
from woocp_pipelines_tests.rules.document_building_cases import TICKET_ID, Case, cases

D = Decimal
PART = {"A": "O", "B": "O", "C": "S"}
often = settings(max_examples=100, deadline=None)


def total(rows: list, column: str) -> Decimal:
    return sum((row[column] for row in rows), D(0))


def whole(case: Case) -> dict:
    return case.row("PS_DOC_HDR_TOT", TOT_TYP=PART[case.option])


@often
@given(cases())
def test_the_total_is_what_the_customer_paid_and_the_sum_of_its_parts(case):
    row, lines = whole(case), case.rows("PS_DOC_LIN")
    assert row["SUB_TOT"] == total(lines, "EXT_PRC")
    assert row["TOT_MISC"] == total(case.rows("PS_DOC_HDR_MISC_CHRG"), "MISC_AMT")
    assert row["TOT"] == row["SUB_TOT"] + row["TOT_MISC"] + row["TAX_AMT"]
    assert row["TOT"] == case.order.total == case.documents.tot
    assert row["AMT_DUE"] == row["TOT"] - row["TOT_TND"] == case.documents.amt_due
    assert row["TOT_EXT_COST"] == total(lines, "EXT_COST")
    assert row["LINS"] == len(lines) == len(case.order.lines)


@often
@given(cases())
def test_the_tax_of_lines_charges_and_authorities_is_the_tax_of_the_order(case):
    row, taxes = whole(case), case.rows("PS_DOC_TAX")
    allocated = total(case.rows("PS_DOC_LIN"), "TAX_AMT_ALLOC") + total(
        case.rows("PS_DOC_HDR_MISC_CHRG"), "MISC_TAX_AMT_ALLOC"
    )
    assert row["TAX_AMT"] == row["NORM_TAX_AMT"] == allocated == case.order.total_tax
    assert total(taxes, "TAX_AMT") == (row["TAX_AMT"] if case.booking.tax else 0)
    shown = sum((rate.total for rate in case.order.tax_rates), D(0))
    moved = len(taxes) > 1 and shown != case.order.total_tax
    assert row["HAS_TAX_OVRD"] == ("A" if moved else "!")


def owned(case: Case) -> list[set[int]]:
    """The rates of each authority: by their names, else by position."""
    pairs, names = case.booking.tax.authorities, case.booking.tax.rates
    rates = case.order.tax_rates
    if not names:
        return [{rate.rate_id} for rate in rates]
    return [{rate.rate_id for rate in rates if names[rate.code] == pair} for pair in pairs]


@often
@given(cases())
def test_no_authority_is_a_cent_off_its_rates(case):
    taxes, rates = case.rows("PS_DOC_TAX"), case.order.tax_rates
    whole_tax = sum((rate.total for rate in rates), D(0))
    if len(taxes) < 2 or whole_tax == 0 or case.order.total_tax == 0:
        return
    for row, own in zip(taxes, owned(case), strict=True):
        share = sum((rate.total for rate in rates if rate.rate_id in own), D(0))
        exact = Fraction(case.order.total_tax) * Fraction(share) / Fraction(whole_tax)
        assert abs(Fraction(row["TAX_AMT"]) - exact) < Fraction(1, 100)


def is_taxed(web: WebLine, tax: Decimal, own: set[int] | None) -> bool:
    """Whether a line's own rates say that the authority taxes it, be it with 0.00."""
    if not web.taxes:
        return tax != 0
    return own is None or bool({each.rate_id for each in web.taxes} & own)


def stocked(line):
    """Stocking units of a line, at the four decimals that Counterpoint's columns have."""
    exact = line["QTY_SOLD"] * line["QTY_NUMER"] / line["QTY_DENOM"]
    return exact.quantize(D("0.0001"), ROUND_HALF_UP)


@often
@given(cases())
def test_what_is_taxable_is_what_carries_tax_of_the_authority(case):
    rows = case.rows("PS_DOC_TAX")
    own_rates = [None] if len(rows) < 2 else owned(case)
    lines = list(zip(case.order.lines, case.rows("PS_DOC_LIN"), strict=True))
    for row, own in zip(rows, own_rates, strict=False):
        taxed = [line for web, line in lines if is_taxed(web, line["TAX_AMT_ALLOC"], own)]
        slots = [row[f"TXBL_MISC_CHG_AMT_{slot}"] for slot in range(1, 6)]
        assert row["TAX_DOC_PART"] == PART[case.option]
        assert row["LIN_AMT"] == whole(case)["SUB_TOT"]
        assert row["TXBL_LIN_AMT"] == total(taxed, "EXT_PRC")
        assert row["TOT_TXBL_AMT"] == row["TXBL_LIN_AMT"] + sum(slots)
        assert row["TXBL_QTY"] == sum(stocked(line) for line in taxed)
        assert row["TAX_AMT_EXACT"] == row["TAX_AMT"] == row["NORM_TAX_AMT"]


@often
@given(cases())
def test_of_a_charge_at_most_the_charge_is_taxable(case):
    slots = {row["MISC_CHRG_NO"]: row for row in case.rows("PS_DOC_HDR_MISC_CHRG")}
    charges = (*case.order.shipping_lines, *case.order.fees)
    rated = any(each.taxes or each.total_tax for each in charges)
    for row in case.rows("PS_DOC_TAX"):
        for slot in range(1, 6):
            taxable = row[f"TXBL_MISC_CHG_AMT_{slot}"]
            charge = slots.get(slot)
            most = charge["MISC_AMT"] if charge and rated else D(0)
            # The order's own shipping total may be a cent below its lines.
            assert 0 <= taxable <= most + D("0.01")
            if len(case.booking.tax.authorities) == 1 and not case.order.fees:
                assert (taxable > 0) <= (most > 0)


@often
@given(cases())
def test_no_tax_and_no_extension_is_negative(case):
    """CP §4.3: a negative fee is folded in, with its tax, and leaves nothing below zero."""
    lines, slots = case.rows("PS_DOC_LIN"), case.rows("PS_DOC_HDR_MISC_CHRG")
    found = [row["TAX_AMT_ALLOC"] for row in lines] + [row["EXT_PRC"] for row in lines]
    found += [row[name] for row in slots for name in ("MISC_AMT", "MISC_TAX_AMT_ALLOC")]
    found += [row["TAX_AMT"] for row in case.rows("PS_DOC_TAX")]
    assert [amount for amount in found if amount < 0] == []


@often
@given(cases())
def test_payments_are_what_was_tendered_and_applied(case):
    tendered = whole(case)["TOT_TND"]
    payments, applied = case.rows("PS_DOC_PMT"), case.rows("PS_DOC_PMT_APPLY")
    assert total(payments, "AMT") == total(payments, "HOME_CURNCY_AMT") == tendered
    assert total(applied, "AMT") == total(payments, "AMT")
    assert tendered == (0 if case.option == "A" else case.order.total)
    assert {row["APPL_TYP"] for row in applied} <= {PART[case.option]}
    assert {row["TKT_NO"] for row in payments} <= {case.documents.tkt_no}


@often
@given(cases())
def test_every_document_has_the_rows_of_its_option(case):
    headers = case.documents.rows["PS_DOC_HDR"]
    assert [row["DOC_TYP"] for row in headers] == {"A": ["O"], "B": ["O", "T"], "C": ["T"]}[
        case.option
    ]
    kinds = Counter(row["TOT_TYP"] for row in case.rows("PS_DOC_HDR_TOT"))
    assert sorted(kinds.elements()) == (["S"] if case.option == "C" else ["O", "R", "V"])
    assert len(case.rows("PS_DOC_HDR_DOC_STAT")) == (0 if case.option == "C" else 1)
    assert len(case.rows("PS_DOC_CONTACT")) == 2
    assert len(case.rows("PS_DOC_NOTE")) == len(case.rows("PS_DOC_AUDIT_LOG")) == 1
    assert len(case.rows("PS_DOC_LIN_PRICE")) == len(case.order.lines)
    assert case.documents.open_orders == (0 if case.option == "C" else 1)


@often
@given(cases("AB"))
def test_an_order_splits_into_what_is_released_and_what_is_left(case):
    order, release, left = (case.row("PS_DOC_HDR_TOT", TOT_TYP=each) for each in "ORV")
    header = case.row("PS_DOC_HDR")
    assert release["SUB_TOT"] + left["SUB_TOT"] == order["SUB_TOT"]
    assert release["TOT"] == release["SUB_TOT"]
    assert release["AMT_DUE"] == release["TOT"] - order["TOT_TND"]
    assert (release["TAX_AMT"], release["TOT_MISC"], release["TOT_TND"]) == (0, 0, 0)
    assert [value for name, value in left.items() if isinstance(value, Decimal) and value] == []
    lines = case.rows("PS_DOC_LIN")
    assert header["ORD_LINS"] == sum(line["LIN_TYP"] == "O" for line in lines) == len(lines)
    assert (header["SAL_LINS"], header["SAL_LIN_TOT"], header["DRW_SESSION_ID"]) == (0, 0, None)
    assert case.row("PS_DOC_HDR_DOC_STAT")["TOT_DEP_RECEIVED"] == order["TOT_TND"]


@often
@given(cases("C"))
def test_a_sale_is_fully_paid_and_counts_its_lines_as_sold(case):
    header, lines = case.row("PS_DOC_HDR"), case.rows("PS_DOC_LIN")
    assert whole(case)["AMT_DUE"] == 0
    assert (header["SAL_LINS"], header["ORD_LINS"]) == (len(lines), 0)
    assert header["SAL_LIN_TOT"] == total(lines, "EXT_PRC")
    assert header["DRW_SESSION_ID"] == 4711
    assert {(line["LIN_TYP"], line["QTY_ENTD"]) for line in lines} == {("S", 0)}


@often
@given(cases("B"))
def test_a_deposit_ticket_carries_the_money_and_copies_the_lines(case):
    (row,) = case.rows("PS_DOC_HDR_TOT", TICKET_ID)
    money = {name for name, value in row.items() if isinstance(value, Decimal) and value}
    assert (row["TOT_TYP"], money, row["TOT_TND"]) == ("S", {"TOT_TND"}, case.order.total)
    assert total(case.rows("PS_DOC_PMT", TICKET_ID), "AMT") == case.order.total
    assert case.row("PS_DOC_PMT_APPLY", TICKET_ID)["APPL_TYP"] == "S"
    for table in ("PS_DOC_HDR_MISC_CHRG", "PS_DOC_TAX", "PS_DOC_NOTE", "PS_DOC_LIN_PRICE"):
        assert case.rows(table, TICKET_ID) == []
    own = {"DOC_ID", "TKT_NO", "LIN_TYP", "LIN_GUID"}
    copies = case.rows("PS_DOC_LIN", TICKET_ID)
    for line, copy in zip(case.rows("PS_DOC_LIN"), copies, strict=True):
        assert {name for name in line if line[name] != copy[name]} == own
    assert {copy["LIN_TYP"] for copy in copies} == {"U"}


@often
@given(cases())
def test_stock_is_committed_in_stocking_units_of_inventory_items_only(case):
    sums: Counter = Counter()
    for line in case.rows("PS_DOC_LIN"):
        if line["ITEM_TYP"] == "I":
            sums[line["ITEM_NO"]] += stocked(line)
    changes = case.documents.stock
    assert {change.item_no: change.commit for change in changes} == sums
    assert [change.item_no for change in changes] == sorted(sums)
    for change in changes:
        assert change.loc_id == "01"
        assert change.on_order == (0 if case.option == "C" else change.commit)


@often
@given(cases())
def test_a_line_is_its_web_line_less_its_share_of_negative_fees_but_for_one_cent(case):
    lines = list(zip(case.order.lines, case.rows("PS_DOC_LIN"), strict=True))
    taken, goods = case.order.discount_fee_total, case.order.goods_total
    off = [
        Fraction(row["EXT_PRC"])
        - Fraction(web.total) * (1 - Fraction(taken) / Fraction(goods or 1))
        for web, row in lines
    ]
    moved = case.order.total - goods + taken
    moved -= sum((fee.total for fee in case.order.fees), D(0))
    moved -= case.order.shipping_total + case.order.total_tax
    assert sum(off) == Fraction(moved)
    assert sorted(abs(each) for each in off)[-1] < Fraction(2, 100)
    assert len([each for each in off if abs(each) >= Fraction(1, 100)]) <= 1
    if not taken:
        assert len([each for each in off if each]) == (1 if moved else 0)
    (note,) = case.rows("PS_DOC_NOTE")
    assert ("cent of rounding" in note["NOTE"]) == bool(moved)
    assert note["NOTE"].count("Discount ") >= len(case.order.discounts)


@often
@given(cases())
def test_unit_price_extension_and_flags_of_a_line_agree(case):
    for web, row in zip(case.order.lines, case.rows("PS_DOC_LIN"), strict=True):
        same = {row[f"{name}EXT_PRC"] for name in ("", "GROSS_", "DISP_", "GROSS_DISP_")}
        assert same == {row["EXT_PRC"]}
        assert abs(row["PRC"] * row["QTY_SOLD"] - row["EXT_PRC"]) <= row["QTY_SOLD"] * D("0.00005")
        assert row["QTY_SOLD"] == row["ORIG_QTY"] == row["QTY_TO_REL"] == web.quantity
        assert row["HAS_PRC_OVRD"] == row["USR_ENTD_PRC"]
        assert (row["HAS_PRC_OVRD"] == "Y") == (row["PRC"] != row["CALC_PRC"])
        assert row["EXT_COST"] == cents(row["UNIT_COST"] * row["QTY_SOLD"])
        decided = case.booking.calc_prices.get(web.line_id)
        expected = (decided.unit_price, decided.extended) if decided else (row["PRC"], same.pop())
        assert (row["CALC_PRC"], row["CALC_EXT_PRC"]) == expected


@often
@given(cases())
def test_price_times_quantity_is_the_extension_to_a_cent_or_the_note_says_so(case):
    """CP §4.2 rule 2: EXT_PRC wins; four decimals cannot meet every large quantity."""
    (note,) = case.rows("PS_DOC_NOTE")
    for row in case.rows("PS_DOC_LIN"):
        met = abs(cents(row["PRC"] * row["QTY_SOLD"]) - row["EXT_PRC"]) <= D("0.01")
        said = f"Line {row['LIN_SEQ_NO']}: unit price rounded" in note["NOTE"]
        assert met != said
        assert met or row["QTY_SOLD"] > 200


@often
@given(cases())
def test_the_price_row_names_the_rule_exactly_where_the_web_charged_its_price(case):
    rows = zip(case.rows("PS_DOC_LIN"), case.rows("PS_DOC_LIN_PRICE"), strict=True)
    for web, (line, row) in zip(case.order.lines, rows, strict=True):
        price = case.booking.calc_prices.get(web.line_id)
        found = (row["PRC_GRP_TYP"], row["PRC_RUL_SEQ_NO"], row["PRC_BRK_DESCR"])
        if price is None or line["HAS_PRC_OVRD"] == "Y":
            assert (*found, row["PRC_JUST_STR"]) == ("!", -1, "I", "Web")
        elif price.rule is None:
            assert (*found, row["PRC_JUST_STR"]) == ("!", -1, "I", "Price-1")
        else:
            assert found == (price.rule.group_type, price.rule.sequence, "D")
            assert row["PRC_JUST_STR"] == "NCR CASH " + "x" * 11
        assert (row["QTY_PRCD"], row["UNIT_PRC"]) == (web.quantity, line["PRC"])


@often
@given(cases())
def test_shipping_and_fees_stand_in_their_slots(case):
    slots = {row["MISC_CHRG_NO"]: row["MISC_AMT"] for row in case.rows("PS_DOC_HDR_MISC_CHRG")}
    expected: Counter = Counter()
    expected[case.place.documents.shipping_slot] += case.order.shipping_total
    expected[case.place.documents.fee_slot] += sum((fee.total for fee in case.order.fees), D(0))
    assert 1 in slots
    assert {slot: amount for slot, amount in slots.items() if amount} == {
        slot: amount for slot, amount in expected.items() if amount
    }


@often
@given(cases())
def test_the_audit_totals_are_those_of_the_document(case):
    log, row = case.row("PS_DOC_AUDIT_LOG_TOT"), whole(case)
    shared = log.keys() & row.keys()
    assert {name: log[name] for name in shared} == {name: row[name] for name in shared}
    assert log["DEP_NET_CHANGE"] == row["TOT_TND"]
