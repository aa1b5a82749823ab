"""What no table tells, to be looked at by a person once before going live (CP §7, §7.1).

Belongs here: the list. It grows smaller with what doctor learns to read, never by itself.
"""

from collections.abc import Iterator

from woocp_pipelines.rules.doctor.findings import ByHand
from woocp_pipelines.settings import Settings


def by_hand(settings: Settings) -> tuple[ByHand, ...]:
    """The list for these settings."""
    return (*_users(settings), *_tax(settings), *_shipping(settings), *_old_jobs(), *_posting())


def _users(settings: Settings) -> Iterator[ByHand]:
    where = settings.counterpoint
    names = sorted({where.user, where.sales_rep})
    yield ByHand(
        f"Users {', '.join(names)}",
        "documents carry them as user and sales rep; a user who does not exist stops the posting",
        "in Counterpoint's set-up of users: they exist, are active, and may use store "
        f"{where.store}, station {where.station} and workgroup {where.workgroup}",
    )


def _tax(settings: Settings) -> Iterator[ByHand]:
    pairs = sorted({each for rows in settings.tax.authorities.values() for each in rows})
    shown = ", ".join("/".join(pair) for pair in pairs) or "none is set in [tax.authorities]"
    yield ByHand(
        f"Tax authorities and rules: {shown}",
        "tax reports add up by them; woocp writes them as they stand in woocp.toml",
        "in Counterpoint's set-up of tax codes: each code of [tax] has exactly these "
        "authorities and rules",
    )


def _shipping(settings: Settings) -> Iterator[ByHand]:
    codes = sorted(set(settings.shipping.via.values()))
    if codes:
        yield ByHand(
            f"Ship-via codes {', '.join(codes)}",
            "orders carry them as SHIP_VIA_COD",
            "in Counterpoint's set-up of ship-via codes: each exists",
        )


def _old_jobs() -> Iterator[ByHand]:
    yield ByHand(
        "Old jobs of the Task Scheduler and the SQL Server Agent",
        "two systems that book the same orders make two documents of each",
        "on the old server and in SQL Server Management Studio: every job of the old scripts is "
        "switched off, also the staging clean-up",
    )


def _posting() -> Iterator[ByHand]:
    yield ByHand(
        "One order in the practice company, released and posted",
        "wrong payment rows show at posting only (“out of balance distributions”)",
        "book a paid web order there, release it, post the drawer, and look at the reports of "
        "taxes, deposits and sales",
    )
    yield ByHand(
        "Pay codes of the web ask for no card",
        "a code that starts card processing waits for a card that nobody has",
        "in Counterpoint's set-up of pay codes: those of [payments.pay_codes] process "
        "no card and post to the right account",
    )
