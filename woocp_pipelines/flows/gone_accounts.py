"""Customer accounts that the shop deleted: what woocp keeps of them is erased.

Belongs here: finding out that an account is gone. Does not: the statements
(counterpoint/gone_accounts.py). The shop tells nobody of a deletion, so every night some accounts
are asked for, in turn. Nothing is concluded from a list that lacks one: an account is gone when the
shop, asked for it alone, says that there is no such id. A request that fails ends the search.
"""

from dataclasses import dataclass, field
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.gone_accounts import (
    erase_account,
    read_customers_among,
    read_named_accounts,
)
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.counterpoint.transactions import each_in_transaction, in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.woocommerce.customers import customer_exists, read_existing_ids

# A night's requests: 20 lists, and one for each account that is not in them.
ACCOUNTS: Final = 1_000
_ASKED_AT_ONCE: Final = 50
_STATE: Final = "retention.accounts_after"
# Never that many real customers at once: it is another shop, or a copy without its users.
_TOO_MANY: Final = 10
_SHARE: Final = 2


@dataclass(frozen=True, slots=True)
class GoneAccounts:
    """User ids that are gone; `held_back` says why they are not erased all the same."""

    looked_at: int = 0
    user_ids: list[int] = field(default_factory=list)
    held_back: str = ""
    next_after: int = 0


def find_gone(context: FlowContext, *, however_many: bool = False) -> GoneAccounts:
    """Ask the shop for the next accounts in turn; writes nothing.

    Args:
        context: both systems.
        however_many: a person has looked: no number of them is held back.

    Raises:
        StoreError: an answer is missing: nothing is known to be gone.
    """
    with reading(context.engine) as connection:
        after = int(read_state(connection, context.store_id, _STATE) or 0)
        asked = read_named_accounts(connection, context.store_id, after, ACCOUNTS)
        customers = read_customers_among(connection, context.store_id, asked)
    missing: list[int] = []
    for part in chunks(asked, _ASKED_AT_ONCE):
        missing += sorted(set(part) - read_existing_ids(context.store, part))
    gone = [each for each in missing if not customer_exists(context.store, each)]
    return GoneAccounts(
        looked_at=len(asked),
        user_ids=gone,
        held_back="" if however_many else _doubt(len(customers.intersection(gone)), len(customers)),
        # After the last ones the next night begins with the first again.
        next_after=asked[-1] if len(asked) == ACCOUNTS else 0,
    )


def erase_gone(context: FlowContext, gone: GoneAccounts) -> None:
    """Erase them, each in a transaction of its own, and remember how far the search has come."""
    if gone.held_back:
        return
    each_in_transaction(
        context.engine,
        gone.user_ids,
        lambda connection, user_id: erase_account(connection, context.store_id, user_id),
    )
    in_transaction(
        context.engine,
        lambda connection: write_state(
            connection, context.store_id, _STATE, str(gone.next_after), context.now()
        ),
    )


def _doubt(gone: int, customers: int) -> str:
    if gone < _TOO_MANY or gone * _SHARE <= customers:
        return ""
    return (
        f"the store has no account any more for {gone} of {customers} customers; nothing of them "
        "was erased: see that WOOCP_STORE_URL names your shop and not a copy of it"
    )
