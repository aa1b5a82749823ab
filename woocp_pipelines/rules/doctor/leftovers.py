"""What is made of what the old scripts left, and of price rules (CP §5, §6, §7 Q30)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from woocp_pipelines.rules.doctor.findings import DOCUMENTS, Finding
from woocp_pipelines.settings import Settings

# Procedures of the retailer that write; the first one empties the staging tables (CP §2.10).
CLEAN_UP: Final = "usp_Cleanup_StagingTables"
OLD_WRITERS: Final = (
    "sp_CreateOrderFromStaging",
    "sp_CreateOrderLines",
    "usp_Create_CustomerNotes_From_Staging",
    "usp_Create_Customers_From_Staging",
    "usp_Create_ShipTo_From_Staging",
)
_SHOWN: Final = 30


class _Leftover(Protocol):
    @property
    def table(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def newest(self) -> str: ...
    @property
    def recent(self) -> bool: ...


class _Rule(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def sequence(self) -> int | None: ...
    @property
    def reason(self) -> str: ...


def judge_broken_documents(found: _Leftover | None) -> Iterator[Finding]:
    """Neither tickets nor orders: reports show them empty."""
    if found is None:
        return
    yield Finding(
        id="legacy.broken_documents",
        level="yellow",
        table=found.table,
        column="DOC_TYP",
        found=f"{found.count} open orders without an order total, up to {found.newest}",
        expected="none",
        why="the old scripts wrote them: they commit wrong stock, show empty in reports and cannot "
        "be released",
        fix="let somebody enter each again in Counterpoint and void the old one; woocp never "
        "touches them",
    )


def judge_still_written(found: Iterable[_Leftover]) -> Iterator[Finding]:
    """The old jobs are still on, or were a short time ago: an order may be booked twice."""
    for each in found:
        yield Finding(
            id="legacy.still_written",
            level="red" if each.recent else "yellow",
            table=each.table,
            found=f"{each.count} rows that woocp did not write since it works here, the newest of "
            f"{each.newest} (the server's time)",
            expected="none",
            why="two systems work on the same orders: an order may get two documents",
            fix="switch off the old jobs in the Task Scheduler and the SQL Server Agent; three "
            "hours after their last row woocp books again"
            if each.recent
            else "see that the old jobs stay off, and look at the orders of that time",
            stops=DOCUMENTS if each.recent else (),
        )


def judge_other_shops(found: Sequence[str], store_id: str) -> Iterator[Finding]:
    """Orders that woocp would take for another shop's, and nobody said that there is one."""
    if found:
        yield Finding(
            id="legacy.other_shops",
            level="red",
            table="USER_ORDER_KEY",
            column="STORE_ID",
            found=f"orders of {', '.join(found)}",
            expected=f"orders of store.id, which is {store_id}, and of the shops in "
            "store.other_ids",
            why="orders of this shop that stand under another id would be booked once more",
            fix="set store.id back to what it was when they were taken over; those of the old "
            "scripts stand under main. Only where that is another shop, whose own woocp books "
            "into this Counterpoint: name it in store.other_ids",
            stops=DOCUMENTS,
        )


def judge_undrained(found: Iterable[_Leftover]) -> Iterator[Finding]:
    """Staged by the old scripts, and nobody has looked since."""
    for each in found:
        orders = each.table == "USER_ORDER_STAGING"
        yield Finding(
            id="legacy.undrained",
            level="yellow",
            table=each.table,
            found=f"{each.count} rows that the old scripts staged and nobody applied",
            expected="none",
            why="what stands in them has not reached Counterpoint",
            fix="run `woocp sync orders`: each is read again from the store"
            if orders
            else "woocp does not read this table: enter what is still wanted by hand, then mark "
            "the rows as applied",
        )


def judge_procedures(found: Sequence[str]) -> Iterator[Finding]:
    """The old procedures, while they are there to be called."""
    names = {each.casefold() for each in found}
    if CLEAN_UP.casefold() in names:
        yield Finding(
            id="legacy.clean_up",
            level="yellow",
            table="USER_ORDER_STAGING",
            found=f"procedure {CLEAN_UP}",
            expected="no such procedure",
            why="it deletes staged orders after 30 days: their history is lost, and the old "
            "scripts would take them for new ones",
            fix="switch off its job and drop the procedure; woocp's maintenance keeps order",
        )
    writers = [each for each in OLD_WRITERS if each.casefold() in names]
    if writers:
        yield Finding(
            id="legacy.procedures",
            level="yellow",
            found=f"procedures {', '.join(writers)}",
            expected="none of the old scripts' procedures",
            why="whoever calls one of them books an order or makes a customer a second time",
            fix="drop them when woocp is live",
        )


def judge_rules(undecidable: Sequence[_Rule], never_winning: Sequence[_Rule]) -> Iterator[Finding]:
    """Rules that no price can be made of, and rules that no sale reaches."""
    yield from _rules(
        undecidable,
        "prices.undecidable",
        "a rule that can be decided",
        "wherever this rule may apply the pricing service answers with an error, rather than with "
        "the price of the next rule",
        "write the rule so that woocp understands it (docs/06-settings.md, Price rules), or say in "
        "prices.methods what its code means",
    )
    yield from _rules(
        never_winning,
        "prices.never_wins",
        "a rule that some sale reaches",
        "somebody meant it to give a price, and it never does",
        "move it up, give it a quantity break, or delete it",
    )


def judge_open_contracts(codes: Sequence[str], settings: Settings) -> Iterator[Finding]:
    """Contracts that name no customer anywhere."""
    used = settings.prices.open_contracts
    for code in codes:
        yield Finding(
            id="prices.open_contract",
            level="yellow",
            table="IM_PRC_GRP",
            column="CUST_NO",
            found=f"contract {code!r} names no customer",
            expected="a customer or a customer filter",
            why="every customer gets its prices"
            if used
            else "Counterpoint gives everybody its prices; woocp uses it for nobody unless asked "
            "for by its code",
            fix="name its customers in Counterpoint, or set prices.open_contracts to say what is "
            "meant",
        )


def judge_ties(ties: Iterable[tuple[str, int | None, Sequence[str]]]) -> Iterator[Finding]:
    """Groups of one kind that share their place in the order."""
    for kind, sequence, codes in ties:
        place = "no GRP_SEQ_NO" if sequence is None else f"GRP_SEQ_NO {sequence}"
        yield Finding(
            id="prices.tie",
            level="yellow",
            table="IM_PRC_GRP",
            column="GRP_SEQ_NO",
            found=f"{len(codes)} groups of type {kind} with {place}: {_shown(codes)}",
            expected="a place of its own for each group",
            why="which of them is asked first is not said anywhere; where two hold for one sale, "
            "their codes decide",
            fix="set the group order in Counterpoint",
        )


def _rules(
    found: Sequence[_Rule], name: str, expected: str, why: str, fix: str
) -> Iterator[Finding]:
    for each in found[:_SHOWN]:
        rule = "every rule" if each.sequence is None else f"rule {each.sequence}"
        yield Finding(
            id=name,
            level="yellow",
            table="IM_PRC_RUL",
            column="RUL_SEQ_NO",
            found=f"group {each.kind} {each.group!r}, {rule}: {each.reason}",
            expected=expected,
            why=why,
            fix=fix,
        )
    rest = len(found) - _SHOWN
    if rest > 0:
        yield Finding(
            id=name,
            level="yellow",
            table="IM_PRC_RUL",
            found=f"{rest} more such rules",
            expected=expected,
            why=why,
            fix="materialise the asset price_book: its metadata has the table",
        )


def _shown(codes: Sequence[str]) -> str:
    rest = len(codes) - _SHOWN
    return ", ".join(codes[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
