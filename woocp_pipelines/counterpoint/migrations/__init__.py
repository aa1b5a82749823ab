"""Creation and upgrade of the USER_* tables (design §3), in place over the retailer's own.

Belongs here: Alembic's environment, the revisions in versions/, what they share. Never vendor
tables: those are not ours to alter.
"""

from woocp_pipelines.counterpoint.migrations.runner import VERSION_TABLE, current, newest, upgrade

__all__ = ["VERSION_TABLE", "current", "newest", "upgrade"]
