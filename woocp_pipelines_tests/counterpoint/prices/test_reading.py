"""Reading a price book from a real database file, and keeping it as bytes."""

import gzip
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import DateTime, String, delete, event, insert, null, text, update

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.errors import (
    PriceBookError,
    UndecidableError,
    UnknownUnitError,
)
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.counterpoint.prices.saving import dump_facts, load_facts
from woocp_pipelines.counterpoint.types import Code, LocalDateTime
from woocp_pipelines.sandbox.schema import vendor_tables

EVERYWHERE = {"DIM_1_UPR": "*", "DIM_2_UPR": "*", "DIM_3_UPR": "*"}


def filler(column_type):
    """Something for a NOT NULL column that the test does not care about."""
    if isinstance(column_type, LocalDateTime | DateTime):
        return datetime(2026, 1, 1)
    return "-" if isinstance(column_type, Code | String) else 0


def filled(table, values):
    """The row with something in every NOT NULL column."""
    needed = {
        column.name: filler(column.type)
        for column in table.columns
        if not (column.nullable or column.server_default or column.computed)
        and column.name not in values
    }
    return needed | values


@pytest.fixture
def put(engine):
    def put_rows(name, *rows):
        table = vendor_tables()[name]
        with engine.begin() as connection:
            for row in rows:
                connection.execute(insert(table).values(**filled(table, row)))

    return put_rows


@pytest.fixture
def read(engine, make):
    def read_now():
        with reading(engine) as connection:
            return read_price_book(connection, time_zone="America/New_York", read_at=make.now)

    return read_now


@pytest.fixture
def priced(put):
    put("IM_CTL", {"KEY_ID": 1, "PRC_ROUND_METH": "N"})
    put("AR_CUST", {"CUST_NO": "10001", "PROF_COD_1": "TIER1"}, {"CUST_NO": "10002"})
    put(
        "IM_ITEM",
        {
            "ITEM_NO": "01-10100",
            "PRC_DECS": 4,
            "PROF_COD_1": "PC S CS",
            "ALT_1_UNIT": "CT",
            "ALT_1_NUMER": Decimal(10),
            "ALT_1_DENOM": Decimal(1),
        },
    )
    price = Decimal("41.769")
    put("IM_PRC", {"ITEM_NO": "01-10100", "LOC_ID": "*", "REG_PRC": price, "PRC_1": price}
        | EVERYWHERE)  # fmt: skip
    put("IM_PRC_GRP",
        {"GRP_TYP": "C", "GRP_COD": "NCR CASH  ", "CUST_NO": "10001", "ENABLED": "Y"},
        {"GRP_TYP": "S", "GRP_COD": "TIERED", "ENABLED": "Y", "CUST_FILT": "   "})  # fmt: skip
    put("IM_PRC_RUL",
        {"GRP_TYP": "C", "GRP_COD": "NCR CASH", "RUL_SEQ_NO": 2, "DESCR": "SECOND  "},
        {"GRP_TYP": "C", "GRP_COD": "NCR CASH", "RUL_SEQ_NO": 1,
         "ITEM_FILT": "(IM_ITEM.PROF_COD_1 = 'PC S CS')", "MIN_QTY": Decimal(5)},
        {"GRP_TYP": "S", "GRP_COD": "TIERED", "RUL_SEQ_NO": 1,
         "CUST_FILT": "(AR_CUST.PROF_COD_1='TIER1')"})  # fmt: skip
    put("IM_PRC_RUL_BRK", *(
        {"GRP_TYP": kind, "GRP_COD": code, "RUL_SEQ_NO": sequence, "MIN_QTY": Decimal(quantity),
         "PRC_METH": "D", "PRC_BASIS": "R", "AMT_OR_PCT": Decimal(percent)}
        for kind, code, sequence, quantity, percent in (
            ("C", "NCR CASH", 1, "10", "15"), ("C", "NCR CASH", 1, "0.0001", "10"),
            ("C", "NCR CASH", 2, "0", "49.4949"), ("S", "TIERED", 1, "0", "28"))
    ))  # fmt: skip


@pytest.mark.usefixtures("priced")
def test_the_tables_become_a_book_that_answers(read, make):
    book = read()
    assert str(make.ask(book).unit_price) == "21.0955"
    assert [make.ask(book, quantity).amount for quantity in ("5", "9.9999", "10")] == [10, 10, 15]
    assert make.ask(book, customer="10002").group_type is None
    assert make.ask(book, "10", unit="1").basis == Decimal("417.69")
    assert make.ask_contract(book, "NCR CASH").rule_descr == "SECOND"
    assert (book.read_at, book.facts.notes, book.unsupported_filters) == (make.now, (), ())


@pytest.mark.usefixtures("priced")
@pytest.mark.parametrize(("yes", "no"), [("y", "n"), ("Y", "N")])
def test_flags_and_kinds_of_groups_count_whatever_their_case(engine, read, make, yes, no):
    groups, rules = (vendor_tables()[name] for name in ("IM_PRC_GRP", "IM_PRC_RUL"))
    with engine.begin() as connection:
        connection.execute(update(groups).values(ENABLED=yes, NO_BEG_DAT=yes, NO_END_DAT=yes,
            BEG_DAT=datetime(2099, 1, 1), END_DAT=datetime(2000, 1, 1)))  # fmt: skip
        connection.execute(update(rules).values(IS_CUSTOM=no, USE_BOGO_TWOFER=no))
    assert str(make.ask(read()).unit_price) == "21.0955"
    for flag in ("IS_CUSTOM", "USE_BOGO_TWOFER"):
        with engine.begin() as connection:
            connection.execute(update(rules).values({flag: yes}))
        with pytest.raises(UndecidableError, match=flag):
            make.ask(read())
        with engine.begin() as connection:
            connection.execute(update(rules).values({flag: no}))
    with engine.begin() as connection:
        connection.execute(update(groups).values(ENABLED=no))
    assert make.ask(read()).group_type is None


@pytest.mark.usefixtures("priced")
def test_a_round_method_in_lower_case_is_the_same_method(engine, read):
    with engine.begin() as connection:
        connection.execute(update(vendor_tables()["IM_CTL"]).values(PRC_ROUND_METH="u"))
    assert read().facts.round_method == "U"


@pytest.mark.usefixtures("priced")
def test_breaks_of_another_group_type_with_the_same_code_stay_apart(put, read, make):
    put("IM_PRC_GRP", {"GRP_TYP": "S", "GRP_COD": "NCR CASH", "ENABLED": "Y", "GRP_SEQ_NO": 1})
    key = {"GRP_TYP": "S", "GRP_COD": "NCR CASH", "RUL_SEQ_NO": 1}
    put("IM_PRC_RUL", key)
    put("IM_PRC_RUL_BRK", key | {"MIN_QTY": Decimal(0), "PRC_METH": "F", "PRC_BASIS": "!",
                               "AMT_OR_PCT": Decimal(7)})  # fmt: skip
    book = read()
    assert make.ask(book, "10").amount == 15
    assert make.ask(book, customer="10002").unit_price == 7


@pytest.mark.usefixtures("priced")
def test_rules_without_their_group_take_no_part_and_are_told(put, read, make):
    put("IM_PRC_RUL", {"GRP_TYP": "C", "GRP_COD": "GONE", "RUL_SEQ_NO": 1})
    put("IM_PRC_GRP", {"GRP_TYP": "X", "GRP_COD": "ODD", "ENABLED": "Y"})
    book = read()
    assert make.ask_contract(book, "GONE") is None
    assert [note.split(" take")[0] for note in book.facts.notes] == [
        "price rules of group c 'gone'",
        "price group X 'ODD'",
    ]


@pytest.mark.usefixtures("priced")
def test_cell_prices_are_noticed_and_refused(put, read, make):
    put("IM_PRC", {"ITEM_NO": "01-10100", "LOC_ID": "*", "DIM_1_UPR": "RED", "DIM_2_UPR": "*",
                 "DIM_3_UPR": "*", "PRC_1": Decimal(1)})  # fmt: skip
    with pytest.raises(UndecidableError, match="grid cell"):
        make.ask(read())


@pytest.mark.usefixtures("priced")
def test_a_filter_may_name_a_text_column_of_the_live_table_that_ours_leaves_out(put, read, make):
    put("IM_ITEM", {"ITEM_NO": "01-20200", "PRC_DECS": 2, "ATTR_COD_1": "A4"})
    put("IM_PRC", {"ITEM_NO": "01-20200", "LOC_ID": "*", "PRC_1": Decimal(10)} | EVERYWHERE)
    put("IM_PRC_GRP", {"GRP_TYP": "P", "GRP_COD": "LIVE", "ENABLED": "Y"},
        {"GRP_TYP": "P", "GRP_COD": "ZLATER", "ENABLED": "Y"})  # fmt: skip
    for code, condition in (
        ("LIVE", "(IM_ITEM.ATTR_COD_1 = 'a4')"),
        ("ZLATER", "LST_RECV_DAT > '20260101'"),
    ):
        key = {"GRP_TYP": "P", "GRP_COD": code, "RUL_SEQ_NO": 1}
        put("IM_PRC_RUL", key | {"ITEM_FILT": condition})
        put("IM_PRC_RUL_BRK", key | {"MIN_QTY": Decimal(0), "PRC_METH": "D", "PRC_BASIS": "1",
                                   "AMT_OR_PCT": Decimal(3)})  # fmt: skip
    book = read()
    assert make.ask(book, customer="10002", item_no="01-20200").group_code == "LIVE"
    with pytest.raises(UndecidableError, match="LST_RECV_DAT"):
        make.ask(book, customer="10002")
    assert [each.text for each in book.unsupported_filters] == ["LST_RECV_DAT > '20260101'"]


def test_a_failed_read_is_not_an_empty_book(put, read):
    with pytest.raises(PriceBookError, match="PRC_ROUND_METH"):
        read()
    put("IM_CTL", {"KEY_ID": 1, "PRC_ROUND_METH": "N"})
    with pytest.raises(PriceBookError, match="IM_ITEM gave no item"):
        read()


@pytest.mark.usefixtures("priced")
def test_the_number_of_statements_does_not_grow_with_the_data(engine, put, read):
    read()  # A server is also asked, once for an engine, whether it has snapshots.
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    read()
    few = len(statements)
    put("IM_ITEM", *({"ITEM_NO": f"X-{number}", "PRC_DECS": 2} for number in range(200)))
    put("AR_CUST", *({"CUST_NO": f"C-{number}"} for number in range(200)))
    statements.clear()
    read()
    assert len(statements) == few


@pytest.mark.usefixtures("priced")
def test_a_saved_book_comes_back_exactly(read, make):
    book = read()
    again = load_facts(dump_facts(book.facts, "sqlite"), "sqlite")
    assert again == book.facts
    assert make.ask(PriceBook(again), "10") == make.ask(book, "10")


@pytest.mark.usefixtures("priced")
def test_a_saved_book_of_another_database_or_damaged_is_refused(read):
    saved = dump_facts(read().facts, "mssql practice")
    with pytest.raises(PriceBookError, match="'mssql practice', expected 'mssql production'"):
        load_facts(saved, "mssql production")
    for damaged in (saved[:-20], b"", b"nonsense", gzip.compress(b'{"format": "x"}')):
        with pytest.raises(PriceBookError, match="cannot be read"):
            load_facts(damaged, "mssql practice")


@pytest.mark.usefixtures("priced")
def test_number_columns_are_read_as_numbers_and_survive_saving(put, read, make):
    put("IM_ITEM", {"ITEM_NO": "01-20200", "PRC_DECS": 2, "WEIGHT": Decimal("2.5")})
    put("IM_PRC", {"ITEM_NO": "01-20200", "LOC_ID": "*", "PRC_1": Decimal(10)} | EVERYWHERE)
    put("IM_PRC_GRP", {"GRP_TYP": "P", "GRP_COD": "HEAVY", "ENABLED": "Y"})
    key = {"GRP_TYP": "P", "GRP_COD": "HEAVY", "RUL_SEQ_NO": 1}
    put("IM_PRC_RUL", key | {"ITEM_FILT": "(IM_ITEM.WEIGHT >= 2.5 AND IM_ITEM.PRC_DECS = 2)"})
    put(
        "IM_PRC_RUL_BRK",
        key | {"MIN_QTY": Decimal(0), "PRC_METH": "D", "PRC_BASIS": "1", "AMT_OR_PCT": Decimal(3)},
    )
    read_now = read()
    for book in (read_now, PriceBook(load_facts(dump_facts(read_now.facts, "x"), "x"))):
        assert make.ask(book, customer="10002", item_no="01-20200").group_code == "HEAVY"
        assert make.ask(book, customer="10002").group_code is None


@pytest.mark.usefixtures("priced")
@pytest.mark.parametrize("name", [None, "", " "])
def test_an_alternate_unit_without_a_name_is_no_unit(engine, read, make, name):
    change = update(vendor_tables()["IM_ITEM"]).values(
        ALT_2_UNIT=null() if name is None else name, ALT_2_NUMER=Decimal(1), ALT_2_DENOM=Decimal(1)
    )
    with engine.begin() as connection:
        connection.execute(change)
    with pytest.raises(UnknownUnitError):
        make.ask(read(), unit="2")


@pytest.mark.usefixtures("priced")
@pytest.mark.parametrize(("behind", "group"), [(" ", "NCR CASH"), ("\xa0", None), ("\t", None)])
def test_only_blanks_behind_a_value_do_not_count(engine, read, make, behind, group):
    with engine.begin() as connection:
        change = update(vendor_tables()["IM_ITEM"]).values(PROF_COD_1=f"PC S CS{behind}")
        connection.execute(change)
        connection.execute(delete(vendor_tables()["IM_PRC_RUL"]).where(text("RUL_SEQ_NO = 2")))
    found = make.ask(read(), "10", customer="10001")
    assert (found.group_code if found.group_type == "C" else None) == group
