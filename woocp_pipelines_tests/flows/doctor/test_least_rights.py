"""A login with what `woocp grants` prints and nothing else; on a server: SQLite has no logins."""

import secrets
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.counterpoint.examination.server import missing_rights
from woocp_pipelines.counterpoint.rights import ROLES, grant_script, rights_of
from woocp_pipelines.flows.doctor.gate import Gate, UnfitError
from woocp_pipelines_tests.doctor_world import seed_healthy
from woocp_pipelines_tests.order_world import order_world

ROLE = ROLES["syncs"]


def run(engine, *lines):
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for line in lines:
            connection.execute(text(line))


@contextmanager
def login_of(engine, url, role):
    """An engine of a login that is in this role alone."""
    name, password = f"woocp_test_{secrets.token_hex(6)}", f"Pw-1-{secrets.token_hex(12)}"
    script = [line for line in grant_script(role) if not line.startswith("--")]
    # A server that merely speaks the protocol may not know this right.
    run(engine, *(line for line in script if "VIEW DEFINITION" not in line))
    run(engine, f"CREATE LOGIN [{name}] WITH PASSWORD = '{password}'")
    run(engine, f"CREATE USER [{name}] FOR LOGIN [{name}]")
    run(engine, f"ALTER ROLE [{ROLES[role]}] ADD MEMBER [{name}]")
    own = make_url(url).set(username=name, password=password)
    limited = open_engine(own.render_as_string(hide_password=False))
    try:
        yield limited
    finally:
        limited.dispose()
        run(engine, f"DROP USER [{name}]", f"DROP LOGIN [{name}]")


@pytest.fixture
def world(engine, database_url, tmp_path):
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no logins: needs WOOCP_TEST_DATABASE_URL")
    seed_healthy(engine)
    with order_world(engine, tmp_path) as made, login_of(engine, database_url, "syncs") as limited:
        made.state.set_setting("order_storage", "hpos")
        made.order()
        as_login(made, limited)
        yield made


def as_login(world, limited):
    """A new process under this login, with a gate as in production."""
    gate = Gate(world.context.settings, limited, world.store, world.clock)
    world.context = replace(world.context, engine=limited, gate=gate)


def test_what_grants_prints_is_enough_to_book(world):
    with world.engine.connect() as connection:
        assert missing_rights(connection, rights_of("syncs")) == {}
    assert world.pull().outcome == "done"
    assert world.book().created == 1


def test_a_right_that_was_taken_stops_who_needs_it_before_anything_is_written(world, engine):
    world.pull()
    world.wait(minutes=6)
    run(engine, f"REVOKE INSERT ON OBJECT::[dbo].[PS_DOC_LIN] FROM [{ROLE}]")
    as_login(world, world.engine)
    with pytest.raises(UnfitError, match="PS_DOC_LIN: found no right to INSERT") as caught:
        world.book()
    assert world.documents() == []
    assert world.pull().outcome == "done"
    (finding,) = caught.value.findings
    run(engine, finding.fix[finding.fix.index("GRANT") :].partition(";")[0])
    assert world.book().created == 1
