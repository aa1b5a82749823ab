"""Which database errors are one record's fault, and what of them people are shown."""

import pytest
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, ProgrammingError

from woocp_pipelines.counterpoint.refusals import is_about_the_record, problem_of_record, shown
from woocp_pipelines.rules.text import cut_unicode

DRIVER = "[{state}] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]{text} (SQLExecDirectW)"


def error(kind, state, text):
    return kind("INSERT", None, Exception(state, DRIVER.format(state=state, text=text)))


@pytest.mark.parametrize(
    "text",
    [
        "Cannot insert duplicate key. The duplicate key value is (ann@b.test, O'Neil). (2627)",
        "String would be truncated in table 'T', column 'C'. Truncated value: 'ann@b.test'. (2628)",
    ],
)
def test_values_of_a_record_are_not_shown(text):
    message = shown(error(IntegrityError, "23000", text))
    assert "ann@b.test" not in message
    assert "O'Neil" not in message


def test_the_servers_own_words_are_shown_and_not_the_drivers_envelope():
    first = DRIVER.format(state="42S22", text="Invalid column name 'X]'. (207)")
    more = "[42000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]It's [dbo]. (8180)"
    raised = ProgrammingError("SELECT", None, Exception("42S22", f"{first}; {more}"))
    assert shown(raised) == "Invalid column name 'X]'. (207); It's [dbo]. (8180)"


def test_what_a_trigger_raises_is_one_record_s_fault():
    raised = error(ProgrammingError, "42000", "No orders for this item (50001)")
    problem = problem_of_record(raised, "PS_DOC_HDR")
    assert problem is not None
    assert (problem.code, problem.retryable) == ("DATABASE_REFUSED", False)


def test_a_missing_table_concerns_every_record():
    missing = error(ProgrammingError, "42S02", "Invalid object name 'PS_DOC_HDR'. (208)")
    assert problem_of_record(missing, "PS_DOC_HDR") is None


@pytest.mark.parametrize(
    ("kind", "state", "text"),
    [
        (ProgrammingError, "42000", "The INSERT permission was denied on the object 'T'. (229)"),
        (ProgrammingError, "42000", "The UPDATE permission was denied on the column 'C'. (230)"),
        (ProgrammingError, "42000", "CREATE TABLE permission denied in database 'CP'. (262)"),
        (ProgrammingError, "42000", "The principal 'u' is not able to access 'CP'. (916)"),
        (InterfaceError, "28000", "Login failed for user 'u'. (18456)"),
    ],
)
@pytest.mark.parametrize("more", ["", "; [42000] [Microsoft]Could not be prepared. (8180)"])
@pytest.mark.parametrize("call", ["SQLExecDirectW", "SQLExecute", "SQLPrepare"])
def test_a_right_that_is_missing_concerns_every_record(kind, state, text, more, call):
    said = DRIVER.format(state=state, text=text).replace("SQLExecDirectW", call)
    refused = kind("INSERT", None, Exception(state, f"{said}{more}"))
    assert problem_of_record(refused, "PS_DOC_HDR") is None
    assert not is_about_the_record(refused)


def test_a_lock_that_others_hold_passes_by_itself():
    locked = error(OperationalError, "HY000", "Lock request time out period exceeded. (1222)")
    problem = problem_of_record(locked, "AR_CUST")
    assert problem is not None
    assert (problem.code, problem.retryable) == ("DATABASE_BUSY", True)


def test_nvarchar_lengths_count_utf_16_units():
    text = "a😀b"
    assert cut_unicode(text, 4) == text
    assert cut_unicode(text, 3) == "a😀"
    assert cut_unicode(text, 2) == "a"


@pytest.mark.parametrize(
    ("kind", "arguments", "told"),
    [
        (InterfaceError, ("IM002", "[IM002] no data source PWD=topsecretpw"), "driver is missing"),
        (OperationalError, ("HYT00", "Login timeout expired PWD=topsecretpw"), "check host"),
        (InterfaceError, ("28000", "Login failed for 'topsecretpw'. (18456)"), "check user"),
        (OperationalError, ("unable to open database file",), "file cannot be opened"),
    ],
)
def test_a_connection_that_fails_is_told_in_words_without_the_drivers_text(kind, arguments, told):
    found = shown(kind("SELECT 1", None, Exception(*arguments)))
    assert told in found
    assert "topsecretpw" not in found


@pytest.mark.parametrize("value", ["18456", "4060", "certificate verify failed", "x; [ (4060)"])
def test_a_record_whose_value_reads_like_a_failed_connection_is_none(value):
    text = f"Cannot insert duplicate key. The duplicate key value is ({value}). (2627)"
    found = shown(error(IntegrityError, "23000", text))
    assert "(2627)" in found
    assert "(not shown)" in found


def test_a_number_in_the_middle_of_a_message_is_not_the_server_s():
    raised = error(ProgrammingError, "42000", "Item (18456) is on hold. (50001)")
    assert "Item (18456) is on hold" in shown(raised)


@pytest.mark.parametrize(
    ("state", "text", "told"),
    [
        ("28000", "Login failed for user 'u'. (18456)", "check user and password"),
        ("42000", "Cannot open database requested by the login. (4060)", "check its name"),
        ("28000", "Login failed. (18456) (SQLDriverConnect); [28000] No such. (4060)", "its name"),
        ("42000", "The database is in transition. (952)", "not open to anybody"),
    ],
)
def test_what_the_server_says_by_number_is_told_in_words(state, text, told):
    assert told in shown(error(ProgrammingError, state, text))


def test_a_statement_that_took_too_long_is_no_failed_connection():
    found = shown(OperationalError("SELECT 1", None, Exception("HYT00", "Query timeout expired")))
    assert "Query timeout expired" in found
