"""The drawer session of a ticket: held until its transaction ends, or none."""

import pytest
from sqlalchemy import event, update

from woocp_pipelines.counterpoint.drawers import hold_drawer_session
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.settings import Counterpoint
from woocp_pipelines_tests.customer_world import CODES
from woocp_pipelines_tests.worked_example import seed_example

WHERE = Counterpoint(**CODES)
SESSION = vendor_tables()["PS_DRW_SESSION"]


@pytest.fixture
def closed(engine):
    seed_example(engine)
    with writing(engine) as connection:
        connection.execute(update(SESSION).values(STAT="C"))
    return engine


def test_an_open_session_is_held(closed):
    with writing(closed) as connection:
        connection.execute(update(SESSION).values(STAT="A"))
        assert hold_drawer_session(connection, WHERE) == 4711


def test_a_session_that_opens_while_it_is_looked_for_is_not_taken_unheld(closed):
    def open_it(connection, cursor, statement, *_):
        if statement.startswith("SELECT") and "PS_DRW_SESSION" in statement:
            connection.execute(update(SESSION).values(STAT="A"))

    event.listen(closed, "after_cursor_execute", open_it)
    with writing(closed) as connection, pytest.raises(RefusedError) as refused:
        hold_drawer_session(connection, WHERE)
    problem = refused.value.first
    assert (problem.code, problem.retryable) == ("NO_DRAWER_SESSION", True)
