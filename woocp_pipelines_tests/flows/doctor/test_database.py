"""Doctor on Counterpoint's database: each fault alone, planted where everything else is right."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import DDL, event
from sqlalchemy.exc import ProgrammingError

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.flows.doctor.checks import DatabasePatient
from woocp_pipelines.flows.doctor.examining import (
    ALL_DATABASE_CHECKS,
    examine,
    examine_database,
)
from woocp_pipelines.rules.doctor.findings import ALL_FLOWS
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines_tests.doctor_world import (
    NOW,
    STORE_URL,
    add,
    look,
    remove,
    seed_healthy,
    seen,
    set_rows,
)
from woocp_pipelines_tests.order_world import D, foreign_document
from woocp_pipelines_tests.worked_example import example_settings


@pytest.fixture
def healthy(engine):
    seed_healthy(engine)
    return engine


@pytest.fixture
def breakable(new_database):
    """A healthy database of the test's own: on a server the tests share the other one."""
    engine = new_database()
    create_vendor_tables(engine)
    upgrade(engine)
    seed_healthy(engine)
    return engine


def test_a_database_in_order_has_no_finding(healthy):
    assert look(healthy) == []


WEB = {"STR_ID": "01", "STA_ID": "109"}
# What is planted, then id, level, table and column of the one finding.
PLANTED = {
    "the station is gone": (
        lambda engine: remove(engine, "PS_STA"),
        ("codes.station", "red", "PS_STA", "STA_ID"),
    ),
    "the shipping slot is off": (
        lambda engine: set_rows(engine, "PS_STR_CFG_PS", USE_MISC_1="N"),
        ("codes.charge_slot", "red", "PS_STR_CFG_PS", "USE_MISC_1"),
    ),
    "the fee slot was never set": (
        lambda engine: set_rows(engine, "PS_STR_CFG_PS", USE_MISC_2=None),
        ("codes.charge_slot", "red", "PS_STR_CFG_PS", "USE_MISC_2"),
    ),
    "the store takes no orders": (
        lambda engine: set_rows(engine, "PS_STR_CFG_PS", USE_ORD="N"),
        ("codes.orders_off", "red", "PS_STR_CFG_PS", "USE_ORD"),
    ),
    "the order counter is empty": (
        lambda engine: set_rows(engine, "PS_STA_CFG_PS", NXT_ORD_NO=None),
        ("numbers.counter", "red", "PS_STA_CFG_PS", "NXT_ORD_NO"),
    ),
    "the order counter leaves no room for release tickets": (
        lambda engine: set_rows(engine, "PS_STA_CFG_PS", NXT_ORD_NO="O109-00000001"),
        ("numbers.counter", "red", "PS_STA_CFG_PS", "NXT_ORD_NO"),
    ),
    "the order counter counts nothing": (
        lambda engine: set_rows(engine, "PS_STA_CFG_PS", NXT_ORD_NO="ABC"),
        ("numbers.counter", "red", "PS_STA_CFG_PS", "NXT_ORD_NO"),
    ),
    "the customer counter counts nothing": (
        lambda engine: set_rows(engine, "SY_WRKGRP", NXT_CUST_NO="NEXT"),
        ("numbers.counter", "red", "SY_WRKGRP", "NXT_CUST_NO"),
    ),
    "a till has the web station's number": (
        lambda engine: add(engine, "PS_STA", STR_ID="01", STA_ID="101", DESCR="Till", STA_NO=9),
        ("numbers.station_number", "red", "PS_STA", "STA_NO"),
    ),
    "the till asks for ticket numbers": (
        lambda engine: set_rows(engine, "PS_STA_CFG_PS", NXT_TKT_NO_AUTO="N"),
        ("numbers.not_automatic", "yellow", "PS_STA_CFG_PS", "NXT_TKT_NO_AUTO"),
    ),
    "the workgroup is gone": (
        lambda engine: remove(engine, "SY_WRKGRP"),
        ("numbers.counter", "red", "SY_WRKGRP", "NXT_CUST_NO"),
    ),
    "a posted ticket stands beyond the counter": (
        lambda engine: foreign_document(
            engine, "PS_TKT_HIST", TKT_NO="109-000700", STA_ID="101", REF="till"
        ),
        ("numbers.beyond_counter", "yellow", "PS_STA_CFG_PS", "NXT_TKT_NO"),
    ),
    "a customer stands beyond the counter": (
        lambda engine: set_rows(engine, "SY_WRKGRP", NXT_CUST_NO="10000"),
        ("numbers.beyond_counter", "yellow", "SY_WRKGRP", "NXT_CUST_NO"),
    ),
    "a till uses the web station": (
        lambda engine: foreign_document(
            engine, "PS_TKT_HIST", TKT_NO="T-1", STA_ID="109", USR_ID="TILL"
        ),
        ("numbers.station_is_shared", "yellow", "PS_TKT_HIST", "STA_ID"),
    ),
    "the drawer is gone": (
        lambda engine: remove(engine, "PS_DRW"),
        ("codes.drawer", "red", "PS_DRW", "DRW_ID"),
    ),
    "nobody has opened the drawer": (
        lambda engine: set_rows(engine, "PS_DRW_SESSION", STAT="C"),
        ("codes.drawer_session", "yellow", "PS_DRW_SESSION", "STAT"),
    ),
    "the pay code is gone": (
        lambda engine: remove(engine, "SY_PAY_COD"),
        ("codes.pay_code", "red", "SY_PAY_COD", "PAY_COD"),
    ),
    "the pay code starts card processing": (
        lambda engine: set_rows(engine, "SY_PAY_COD", PAY_TYP="E"),
        ("codes.pay_code_type", "red", "SY_PAY_COD", "PAY_TYP"),
    ),
    "the pay code is a debt": (
        lambda engine: set_rows(engine, "SY_PAY_COD", PAY_TYP="A"),
        ("codes.pay_code_type", "yellow", "SY_PAY_COD", "PAY_TYP"),
    ),
    "the pay code is not for orders": (
        lambda engine: set_rows(engine, "SY_PAY_COD", ALLOW_FOR_ORDS="N"),
        ("codes.pay_code_for_orders", "yellow", "SY_PAY_COD", "ALLOW_FOR_ORDS"),
    ),
    "the pay code is of another currency": (
        lambda engine: set_rows(engine, "SY_PAY_COD", CURNCY_COD="EUR"),
        ("codes.pay_code_currency", "yellow", "SY_PAY_COD", "CURNCY_COD"),
    ),
    "the tax code is gone": (
        lambda engine: remove(engine, "SY_TAX_COD"),
        ("codes.tax_code", "red", "SY_TAX_COD", "TAX_COD"),
    ),
    "a web customer has a tier that nobody knows": (
        lambda engine: set_rows(engine, "AR_CUST", {"CUST_NO": "10001"}, PROF_COD_1="GOLD"),
        ("codes.tier", "yellow", "AR_CUST", "PROF_COD_1"),
    ),
    "the template customer is gone": (
        lambda engine: set_rows(engine, "SY_WRKGRP", TMPLT_CUST_NO="99999"),
        ("codes.template_customer", "yellow", "SY_WRKGRP", "TMPLT_CUST_NO"),
    ),
    "customers are numbered by hand": (
        lambda engine: set_rows(engine, "SY_WRKGRP", NXT_CUST_NO_AUTO="N"),
        ("codes.customer_numbers", "yellow", "SY_WRKGRP", "NXT_CUST_NO_AUTO"),
    ),
    "a rule has a method without meaning": (
        lambda engine: set_rows(engine, "IM_PRC_RUL_BRK", PRC_METH="X"),
        ("prices.undecidable", "yellow", "IM_PRC_RUL", "RUL_SEQ_NO"),
    ),
    "a rule has no break": (
        lambda engine: remove(engine, "IM_PRC_RUL_BRK"),
        ("prices.never_wins", "yellow", "IM_PRC_RUL", "RUL_SEQ_NO"),
    ),
    "a contract names no customer": (
        lambda engine: set_rows(engine, "IM_PRC_GRP", CUST_NO=None),
        ("prices.open_contract", "yellow", "IM_PRC_GRP", "CUST_NO"),
    ),
    "an old script left a document": (
        lambda engine: foreign_document(
            engine, "PS_DOC_HDR", TKT_NO="101-000001", STA_ID="101", USR_ID="OLD"
        ),
        ("legacy.broken_documents", "yellow", "PS_DOC_HDR", "DOC_TYP"),
    ),
    "an old script staged an order": (
        lambda engine: add(engine, "USER_ORDER_STAGING", BATCH_ID="WOO_ORDERS_1", WOO_ORDER_ID=7),
        ("legacy.undrained", "yellow", "USER_ORDER_STAGING", None),
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_alone_is_found_alone(healthy, fault):
    plant, expected = PLANTED[fault]
    plant(healthy)
    (found,) = look(healthy)
    assert (found.id, found.level, found.table, found.column) == expected
    assert all((found.found, found.expected, found.why, found.fix))
    assert bool(found.stops) == (found.level == "red")
    # Without an answer to the same question these flows must not begin either.
    patient = DatabasePatient(example_settings(STORE_URL), NOW, healthy)
    asked = next(each for each in ALL_DATABASE_CHECKS if found in each.ask(patient))
    assert set(found.stops) <= set(asked.gates)


SETTINGS = {
    "a location that does not exist": (
        {"inventory": {"locations": ["01", "MOON"]}},
        ("codes.inventory_location", "red", "IM_LOC", "LOC_ID"),
    ),
    "a price location that does not exist": (
        {"counterpoint": {**example_settings("").counterpoint.model_dump(), "price_location": "X"}},
        ("codes.location", "red", "IM_LOC", "LOC_ID"),
    ),
    "a column that does not exist": (
        {"customers": {"bid_no_source": "USR_BID"}},
        ("codes.bid_column", "red", "AR_CUST", "USR_BID"),
    ),
    "a tax code without authorities": (
        {"tax": {"default": "FL-BROWARD"}},
        ("codes.tax_authorities", "yellow", "PS_DOC_TAX", "AUTH_COD"),
    ),
    "both charges in a slot that is off": (
        {"documents": {"shipping_slot": 4, "fee_slot": 4}},
        ("codes.charge_slot", "red", "PS_STR_CFG_PS", "USE_MISC_4"),
    ),
}


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_setting_that_counterpoint_does_not_know_is_found(healthy, fault):
    tables, expected = SETTINGS[fault]
    assert seen(look(healthy, **tables)) == [expected]


def test_the_counters_of_the_store_are_looked_at_where_it_numbers(healthy):
    set_rows(healthy, "PS_STA_CFG_PS", NXT_ORD_NO_AUTO="N")
    set_rows(healthy, "PS_STR_CFG_PS", ORD_NO_METH="S", NXT_ORD_NO="ABC", NXT_ORD_NO_AUTO="N")
    assert seen(look(healthy)) == [
        ("numbers.counter", "red", "PS_STR_CFG_PS", "NXT_ORD_NO"),
        ("numbers.not_automatic", "yellow", "PS_STR_CFG_PS", "NXT_ORD_NO_AUTO"),
    ]


def test_a_counter_is_told_as_people_see_it_and_not_as_a_refused_order(healthy):
    set_rows(healthy, "PS_STA_CFG_PS", NXT_ORD_NO=None)
    (empty,) = look(healthy)
    assert empty.found == "an empty counter in the row with STR_ID 01, STA_ID 109"
    assert "replay" not in empty.fix
    remove(healthy, "PS_STA_CFG_PS")
    missing = look(healthy)
    assert {each.found for each in missing} == {
        "no row of PS_STA_CFG_PS with STR_ID 01, STA_ID 109"
    }
    assert all("set up the station's point-of-sale configuration" in each.fix for each in missing)


def test_stations_of_one_number_are_named_and_those_of_another_store_number_are_not(healthy):
    add(healthy, "PS_STA", STR_ID="01", STA_ID="101", DESCR="Till", STA_NO=8)
    add(healthy, "PS_STR", STR_ID="02", DESCR="Another", STR_NO=2)
    add(healthy, "PS_STA", STR_ID="02", STA_ID="109", DESCR="Its web", STA_NO=9)
    assert look(healthy, gate=True) == []
    set_rows(healthy, "PS_STA", {"STR_ID": "01", "STA_ID": "101"}, STA_NO=9)
    set_rows(healthy, "PS_STR", {"STR_ID": "02"}, STR_NO=1)
    (found,) = look(healthy, gate=True)
    assert found.found.endswith("also that of station 101 of store 01, station 109 of store 02")
    assert found.stops == ("documents",)


def test_unknown_locations_and_columns_are_told_in_four_parts(healthy):
    (found,) = look(healthy, inventory={"locations": ["01", "0l"]})
    assert "'0l'" in found.found
    assert "Correct" not in found.found
    assert "01" in found.expected
    (found,) = look(healthy, customers={"bid_no_source": "NO_OF_ORDS"})
    assert found.found.startswith("'NO_OF_ORDS' is of type int")


def test_guests_need_the_walk_in_customer_only_where_they_share_it(healthy):
    set_rows(healthy, "PS_STR_CFG_PS", WALK_IN_CUST_NO="77777")
    assert look(healthy) == []
    (found,) = look(healthy, customers={"guests": "walk_in"})
    assert (found.id, found.column) == ("codes.walk_in", "WALK_IN_CUST_NO")


def test_orders_without_payment_need_no_open_drawer_and_no_pay_code(healthy):
    set_rows(healthy, "PS_DRW_SESSION", STAT="C")
    remove(healthy, "SY_PAY_COD")
    assert look(healthy, documents={"payments": "none"}) == []


def test_groups_that_share_their_place_are_listed_together(healthy):
    group = {"GRP_TYP": "C", "CUST_NO": "10001", "NO_BEG_DAT": "Y", "NO_END_DAT": "Y"}
    for code in ("B-1", "B-2", "B-3"):
        add(healthy, "IM_PRC_GRP", **group, GRP_COD=code, GRP_SEQ_NO=5, ENABLED="Y")
    add(healthy, "IM_PRC_GRP", **group, GRP_COD="OFF", GRP_SEQ_NO=5, ENABLED="N")
    (found,) = look(healthy)
    assert (found.id, found.column) == ("prices.tie", "GRP_SEQ_NO")
    assert "B-1, B-2, B-3" in found.found


def test_what_the_counters_own_form_does_not_match_is_no_collision(healthy):
    for doc_id, number in enumerate(("O109-000001-01", "P109-000009", "109-9", "O109_000009")):
        foreign_document(healthy, "PS_TKT_HIST", TKT_NO=number, STA_ID="101", DOC_ID=doc_id)
    assert look(healthy) == []


def test_the_stations_of_others_are_no_business_of_ours(healthy):
    foreign_document(
        healthy, "PS_TKT_HIST", TKT_NO="101-000009", STA_ID="101", USR_ID="TILL", DOC_ID=1
    )
    assert look(healthy) == []


def logged(engine, moment, **values):
    add(
        engine,
        "USER_SYNC_LOG",
        SYNC_ID="1",
        OPERATION_TYPE="order_processing",
        DIRECTION="INTERNAL",
        START_TIME=moment,
        CREATED_DT=moment,
        **values,
    )


@pytest.mark.parametrize(
    ("newest", "level", "stops"),
    [("now", "red", ("documents",)), ("days ago", "yellow", ())],
)
def test_old_scripts_that_still_write_stop_booking_until_they_are_quiet(
    healthy, newest, level, stops
):
    with healthy.connect() as connection:
        clock = connection.exec_driver_sql("SELECT CURRENT_TIMESTAMP").scalar_one()
    now = clock if isinstance(clock, datetime) else datetime.fromisoformat(clock)
    theirs = now if newest == "now" else now - timedelta(days=4)
    logged(healthy, now - timedelta(days=90), FLOW="orders")
    assert look(healthy) == []
    logged(healthy, theirs)
    (found,) = look(healthy)
    assert (found.id, found.level, found.table) == (
        "legacy.still_written",
        level,
        "USER_SYNC_LOG",
    )
    assert found.stops == stops


def test_orders_of_a_shop_that_no_setting_names_stop_bookings(healthy):
    with writing(healthy) as connection:
        keys = [{"STORE_ID": each, "WOO_ORDER_ID": 1} for each in ("main", "shop", "trade")]
        insert_rows(connection, USER_ORDER_KEY, keys)
    (found,) = look(healthy)
    assert (found.id, found.level, found.stops) == ("legacy.other_shops", "red", ("documents",))
    assert found.found == "orders of shop, trade"
    assert look(healthy, store={"other_ids": ["shop", "trade"]}) == []


def test_before_woocp_works_here_the_old_scripts_may_write(healthy):
    logged(healthy, datetime(2026, 11, 1))
    assert look(healthy) == []


def test_before_the_upgrade_one_finding_says_so_and_the_rest_is_still_looked_at(new_database):
    engine = new_database()
    create_vendor_tables(engine)
    found = look(engine)
    upgrade = [each for each in found if each.id == "database.upgrade"]
    assert [each.fix for each in upgrade] == ["run `woocp db upgrade`"]
    assert not [each for each in found if each.id == "database.contract"]
    assert "codes.station" in {each.id for each in found}


@pytest.mark.parametrize("gate", [False, True])
def test_another_database_is_the_one_finding_about_it(new_database, gate):
    (company,) = look(new_database(), gate=gate)
    assert (company.id, company.level, company.stops) == ("database.company", "red", ALL_FLOWS)
    assert "PS_DOC_HDR" in company.found


def test_what_another_database_is_not_asked_is_told_by_name(new_database):
    whole = examine(example_settings(STORE_URL), new_database(), None, NOW)
    assert [each.id for each in whole.findings] == ["database.company", "store.configured"]
    assert {"database.upgrade", "codes.station", "prices.rules"} <= set(whole.not_asked)
    assert "database.contract" not in whole.not_asked


def test_a_table_that_may_not_be_read_leaves_the_other_checks_alone(healthy):
    def deny(_connection, _cursor, statement, *_):
        if "SY_PAY_COD" in statement and "SELECT" in statement:
            raise ProgrammingError(statement, {}, Exception("permission was denied (229)"))

    set_rows(healthy, "PS_STR_CFG_PS", USE_MISC_1="N")
    event.listen(healthy, "before_cursor_execute", deny)
    assert seen(look(healthy)) == [
        ("codes.charge_slot", "red", "PS_STR_CFG_PS", "USE_MISC_1"),
        ("codes.pay_codes", "unknown", None, None),
    ]


def test_a_database_that_is_away_is_one_red_finding(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    answers = examine_database(example_settings(STORE_URL), engine, NOW)
    assert [(each.id, each.level) for each in answers.findings] == [("database.reachable", "red")]
    whole = examine(example_settings(STORE_URL), engine, None, NOW)
    assert [each.id for each in whole.findings] == ["database.reachable", "store.configured"]
    assert (whole.status, whole.exit_code) == ("red", 2)
    assert {"codes.station", "store.system"} <= set(whole.not_asked)


def test_doctor_writes_nothing(healthy):
    written = []

    def note(_connection, _cursor, statement, *_):
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN")):
            written.append(statement)

    event.listen(healthy, "before_cursor_execute", note)
    look(healthy)
    assert written == []


def test_a_missing_column_is_a_difference_of_the_contract(new_database):
    engine = new_database()
    create_vendor_tables(engine)
    with writing(engine) as connection:
        connection.execute(DDL("ALTER TABLE AR_CUST DROP COLUMN NO_OF_ORDS"))
    places = {each.column: each for each in look(engine) if each.id == "database.contract"}
    assert places["NO_OF_ORDS"].level == "red"
    assert places["NO_OF_ORDS"].table == "AR_CUST"


@pytest.mark.parametrize(
    ("ddl", "place", "helps"),
    [
        (
            "ALTER TABLE USER_SYNC_LOG DROP COLUMN REPORT_JSON",
            ("USER_SYNC_LOG", "REPORT_JSON"),
            "ALTER TABLE USER_SYNC_LOG ADD",
        ),
        ("DROP TABLE USER_ORDER_KEY", ("USER_ORDER_KEY", None), "from a backup"),
    ],
)
def test_what_was_dropped_of_ours_is_not_left_to_an_upgrade_that_does_nothing(
    breakable, ddl, place, helps
):
    with writing(breakable) as connection:
        connection.execute(DDL(ddl))
    assert upgrade(breakable) == []
    (found,) = [each for each in look(breakable) if each.id == "database.contract"]
    assert (found.table, found.column) == place
    assert found.level == "red"
    assert helps in found.fix
    assert not found.fix.startswith("run `woocp db upgrade`")


def test_the_statement_that_doctor_tells_brings_a_column_back(breakable):
    with writing(breakable) as connection:
        connection.execute(DDL("ALTER TABLE USER_SYNC_LOG DROP COLUMN REPORT_JSON"))
    (found,) = [each for each in look(breakable) if each.id == "database.contract"]
    statement = found.fix[found.fix.index("ALTER TABLE") : found.fix.index(";")]
    with writing(breakable) as connection:
        connection.execute(DDL(statement))
    assert look(breakable) == []


TRIGGERS = {
    "sqlite": "CREATE TRIGGER %(name)s AFTER DELETE ON %(table)s BEGIN SELECT 1; END",
    "mssql": "CREATE TRIGGER %(name)s ON %(table)s AFTER UPDATE AS BEGIN %(body)s RETURN END",
}


def make_trigger(engine, name, table, body=""):
    words = {"name": name, "table": table, "body": body}
    with writing(engine) as connection:
        connection.execute(DDL(TRIGGERS[engine.dialect.name], context=words))


def test_a_trigger_of_somebody_is_told_and_the_products_own_is_not(new_database):
    engine = new_database()
    create_vendor_tables(engine)
    make_trigger(engine, "SITE_LOG", "PS_DOC_HDR")
    make_trigger(engine, "TR_RS_PS_DOC_HDR_D", "PS_DOC_HDR")
    triggers = [each for each in look(engine) if each.id.startswith("database.trigger")]
    assert seen(triggers) == [("database.trigger", "yellow", "PS_DOC_HDR", None)]


@pytest.mark.parametrize(("body", "level"), [("SET NOCOUNT ON;", "yellow"), ("", "red")])
def test_a_trigger_whose_rows_count_as_ours_is_red_on_a_server(new_database, body, level):
    engine = new_database()
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite counts no rows of triggers; the rule: rules/doctor/test_server.py")
    create_vendor_tables(engine)
    make_trigger(engine, "SITE_LOG", "PS_STA_CFG_PS", body)
    (found,) = [
        each
        for each in look(engine)
        if each.table == "PS_STA_CFG_PS" and each.id.startswith("database.trigger")
    ]
    assert found.level == level


def test_a_whole_order_of_a_till_is_no_broken_document(healthy):
    foreign_document(healthy, "PS_DOC_HDR", TKT_NO="O101-000009", STA_ID="101", USR_ID="A")
    foreign_document(healthy, "PS_DOC_HDR_TOT", TOT_TYP="O", SUB_TOT=D(0))
    assert look(healthy) == []
