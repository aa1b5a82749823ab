"""The questions that only SQL Server can answer: their T-SQL, and what SQLite has instead."""

from sqlalchemy.dialects import mssql

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.examination import server
from woocp_pipelines.counterpoint.examination.legacy import broken_documents_question
from woocp_pipelines.counterpoint.examination.numbers import number_pattern
from woocp_pipelines.counterpoint.rights import rights_of


def compiled(statement):
    text = statement.compile(dialect=mssql.dialect(), compile_kwargs={"literal_binds": True}).string
    return " ".join(text.split())


def test_rights_are_asked_in_one_statement_of_few_parameters():
    statement = server.rights_question(rights_of("syncs"))
    text = compiled(statement)
    assert "has_perms_by_name('dbo.IM_INV', 'OBJECT', 'UPDATE') AS has_it" in text
    assert len(statement.compile(dialect=mssql.dialect()).params) < 2_000


def test_only_one_is_a_right_and_a_table_that_is_not_seen_is_the_contract_s_question():
    answers = [
        ("IM_INV", "SELECT", 1, 5),
        ("IM_INV", "UPDATE", 0, 5),
        ("AR_CUST", "UPDATE", None, 6),
        ("IM_ITEM", "SELECT", 0, None),
        ("USER_ORDER_KEY", "SELECT", 0, None),
        ("USER_ORDER_KEY", "INSERT", 1, None),
        ("USER_SYNC_LOG", "INSERT", None, None),
    ]
    assert server.lacking_rights(answers) == {
        "IM_INV": ["UPDATE"],
        "AR_CUST": ["UPDATE"],
        "USER_ORDER_KEY": ["SELECT"],
    }


def test_triggers_come_with_their_texts_as_far_as_they_may_be_read():
    text = compiled(server.triggers_question())
    assert "LEFT OUTER JOIN sys.sql_modules" in text
    assert "is_disabled = 0" in text


def test_procedures_are_asked_for_by_name():
    text = compiled(server.procedures_question(("usp_Cleanup_StagingTables",)))
    assert "type = 'P'" in text
    assert "IN ('usp_Cleanup_StagingTables')" in text


def test_orders_without_an_order_total_are_one_statement():
    text = compiled(broken_documents_question())
    assert "NOT (EXISTS (SELECT *" in text
    assert "[PS_DOC_HDR_TOT].[TOT_TYP] = 'O'" in text


def test_the_database_of_the_tests_answers_what_it_can(engine):
    with reading(engine) as connection:
        facts = server.read_server(connection)
        lacking = server.missing_rights(connection, rights_of("doctor"))
        triggers = server.read_triggers(connection)
        procedures = server.read_procedures(connection, ("usp_Cleanup_StagingTables",))
    assert (facts is None) == (engine.dialect.name == "sqlite")
    assert (lacking, triggers, procedures) == ({}, [], [])


def test_a_pattern_is_of_the_counters_own_form():
    assert number_pattern("O109-000354") == "O109-______"
    assert number_pattern("1%_[9") == "1\\%\\_\\[_"
    assert number_pattern("ABC") == "ABC"
