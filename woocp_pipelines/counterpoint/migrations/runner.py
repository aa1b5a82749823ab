"""Runs the revisions from an installed package: no alembic.ini, no working folder."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.locks import transaction_lock

VERSION_TABLE: Final = "USER_WOOCP_VERSION"


def upgrade(engine: Engine) -> list[str]:
    """Bring the USER_* tables to the newest revision, all in one transaction.

    Returns the revisions applied now, oldest first; an empty list when there was nothing to do.

    Raises:
        LockBusyError: another upgrade is running.
    """
    applied: list[str] = []
    with writing(engine) as connection:
        # Two starts at once: the second waits here, then finds nothing left to do.
        transaction_lock(connection, "upgrade")
        config = _config()
        config.attributes.update(connection=connection, applied=applied)
        command.upgrade(config, "head")
    return applied


def current(engine: Engine) -> str | None:
    """The revision the database is at; None before the first upgrade."""
    with reading(engine) as connection:
        return _context(connection).get_current_revision()


def newest() -> str | None:
    """The revision that `upgrade` leads to."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
