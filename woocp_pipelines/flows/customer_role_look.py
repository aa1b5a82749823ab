"""Whose roles a run looks at, beside those who seem to differ: once in a while everybody's.

Belongs here: when that is due (USER_SYNC_STATE). Does not: looking (customer_roles.py).

The store learns a tier before the role follows, and a role that is no tier's hides what did not
follow. So the look is due from the moment a tier is told until the roles are done, whatever the
run dies of.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.flows.context import FlowContext

_MARK: Final = "customers.roles_looked_at"
_LOOK_AGAIN: Final = timedelta(days=7)
_DUE: Final = ""


@dataclass(frozen=True, slots=True)
class RoleLook:
    """`changing`: users whose tier this run tells; `last`: the mark as it was before."""

    changing: Collection[int]
    last: str | None

    def is_due(self, now: datetime) -> bool:
        """Whether everybody is looked at."""
        return not self.last or now - datetime.fromisoformat(self.last) >= _LOOK_AGAIN

    def begin(self, context: FlowContext, connection: Connection) -> None:
        """Before the store learns the tiers: until `end` everybody is to be looked at."""
        if self.changing and self.last:
            write_state(connection, context.store_id, _MARK, _DUE, context.now())

    def end(
        self, context: FlowContext, connection: Connection, *, looked: bool, finished: bool
    ) -> None:
        """Keep what came of it: `looked` at everybody; `finished`: no role was left undone."""
        now = context.now()
        if looked:
            write_state(connection, context.store_id, _MARK, now.isoformat(), now)
        elif finished and self.changing and self.last:
            write_state(connection, context.store_id, _MARK, self.last, now)


def read_role_look(context: FlowContext, changing: Collection[int]) -> RoleLook:
    """The look of this run."""
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return RoleLook(changing, None)
        return RoleLook(changing, read_state(connection, context.store_id, _MARK))
