"""The statements of fulfilment on SQL Server: compiled, and with as many parameters as it takes."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import SelectBase, event
from sqlalchemy.dialects import mssql

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.fulfilment_reading import read_watched
from woocp_pipelines.counterpoint.fulfilment_watch import Horizon, read_watched_ids

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def executed(engine):
    """The queries that are executed, as SQLAlchemy has them; a server is told settings as well."""
    seen = []

    def note(_connection, statement, *_):
        if isinstance(statement, SelectBase):
            seen.append(statement)

    event.listen(engine, "before_execute", note)
    return seen


def compiled(statement):
    return statement.compile(dialect=mssql.dialect(), compile_kwargs={"render_postcompile": True})


def test_the_choice_of_orders_is_one_statement(engine, executed):
    with reading(engine) as connection:
        assert read_watched_ids(connection, "main", Horizon(NOW, NOW, NOW)) == []
    (statement,) = executed
    text = str(compiled(statement))
    assert text.count("UNION") == 4
    assert "[USER_ORDER_KEY].[BOOKED_GMT] >= " in text


def test_orders_are_read_by_nine_statements_for_five_hundred_of_them(engine, executed):
    with reading(engine) as connection:
        assert list(read_watched(connection, "main", range(1, 1_001))) == []
    assert len(executed) == 18
    for statement in executed:
        found = compiled(statement)
        assert len(found.params) < 2_100
        assert "[watched]" in str(found) or " AS watched" in str(found)


def test_other_orders_of_a_ticket_are_counted_beside_the_ticket_itself(engine, executed):
    with reading(engine) as connection:
        list(read_watched(connection, "main", [1]))
    texts = [" ".join(str(compiled(statement)).split()) for statement in executed]
    counting = [text for text in texts if "OTHER_ORDERS" in text]
    assert len(counting) == 2
    for text in counting:
        inner = text.partition("(SELECT count(*)")[2].partition("OTHER_ORDERS")[0]
        # Its own tables, and no second copy of the ticket's.
        assert inner.count(" FROM ") == 2
        assert ", " not in inner.partition(" FROM ")[2].partition(" WHERE ")[0]
