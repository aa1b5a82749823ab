"""Which Counterpoint customer a web customer is: map row, then e-mail, never a guess.

Belongs here: the decision (CP §3.2.1, §7 Q20, design §4). Reading the rows it is made from:
counterpoint/customer_index.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from woocp_pipelines.rules.customer_reading import NEXT_SYNC, REPLAY, WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError


@dataclass(frozen=True, slots=True)
class MapRow:
    """A row of USER_CUSTOMER_MAP; `exists` says whether its customer is in AR_CUST.

    `gone`: the shop has deleted the account. Its orders still book on the customer, and whoever
    has the customer's e-mail may take the row's place.
    """

    cust_no: str
    woo_user_id: int
    exists: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer of AR_CUST with its two e-mail addresses as they are stored."""

    cust_no: str
    email_1: str | None
    email_2: str | None

    def emails(self) -> set[str]:
        """Both addresses as they are compared: trimmed and lower-case; empty ones never match."""
        texts = ((each or "").strip().lower() for each in (self.email_1, self.email_2))
        return {text for text in texts if text}


@dataclass(frozen=True, slots=True)
class Mapped:
    """The user's own map row names the customer; `carriers` are all who have the e-mail."""

    cust_no: str
    carriers: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class MappedToNobody:
    """The user's map row names a customer that Counterpoint does not have."""

    cust_no: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The e-mail names exactly one customer; `mapped_user_id` is another user it is mapped to.

    `switched_off`: a person ended the mapping of this very user and customer.
    """

    cust_no: str
    mapped_user_id: int | None = None
    switched_off: bool = False

    def problem(self) -> Problem | None:
        """Why there may be no map row, though orders book on this customer."""
        if self.mapped_user_id is not None:
            return already_mapped(self.cust_no, self.mapped_user_id)
        return mapping_switched_off(self.cust_no) if self.switched_off else None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The e-mail names several customers."""

    cust_nos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Counterpoint does not have this customer."""


Match = Mapped | MappedToNobody | Linked | Ambiguous | Unknown


class CustomerIndex:
    """What is known of the customers in question; a run notes in it what it has made itself."""

    def __init__(
        self,
        map_rows: Iterable[MapRow],
        candidates: Iterable[Candidate],
        switched_off: Iterable[tuple[str, int]] = (),
    ) -> None:
        """Index what was read.

        Args:
            map_rows: the active ones, and those of accounts that are gone.
            candidates: the customers that may carry one of the e-mails.
            switched_off: CUST_NO and user id of map rows that a person made inactive.
        """
        self._switched_off = frozenset(switched_off)
        self._by_user: dict[int, MapRow] = {}
        self._by_cust_no: dict[str, MapRow] = {}
        self._by_email: dict[str, set[str]] = {}
        for row in map_rows:
            if row.gone:
                self._by_user.setdefault(row.woo_user_id, row)
            else:
                self._by_user[row.woo_user_id] = self._by_cust_no[row.cust_no] = row
        for candidate in candidates:
            for email in candidate.emails():
                self._by_email.setdefault(email, set()).add(candidate.cust_no)

    def match(self, user_id: int | None, email: str | None) -> Match:
        """Decide who a web customer is.

        Args:
            user_id: WooCommerce's user id; None for a guest.
            email: trimmed and lower-case (`rules.text.read_email`); None matches nobody.
        """
        own = None if user_id is None else self._by_user.get(user_id)
        found = sorted(self._by_email.get(email or "", ()))
        if own:
            return Mapped(own.cust_no, tuple(found)) if own.exists else MappedToNobody(own.cust_no)
        if len(found) > 1:
            return Ambiguous(tuple(found))
        if not found:
            return Unknown()
        if user_id is None:
            return Linked(found[0])
        other = self._by_cust_no.get(found[0])
        return Linked(
            found[0],
            other.woo_user_id if other else None,
            switched_off=(found[0], user_id) in self._switched_off,
        )

    def add(self, cust_no: str, user_id: int | None, email: str | None) -> None:
        """Note a customer that this run made or linked, so that the next one of the batch knows."""
        if email:
            self._by_email.setdefault(email, set()).add(cust_no)
        if user_id is not None and cust_no not in self._by_cust_no:
            self._by_user[user_id] = self._by_cust_no[cust_no] = MapRow(cust_no, user_id)


def decided(match: Match, customer: WebCustomer) -> Mapped | Linked | Unknown:
    """The match, where there is one meaning to it; never a guess.

    Raises:
        RefusedError: AMBIGUOUS_CUSTOMER or MAPPED_CUSTOMER_MISSING.
    """
    if isinstance(match, Ambiguous):
        raise RefusedError(_ambiguous_customer(customer, match.cust_nos))
    if isinstance(match, MappedToNobody):
        raise RefusedError(_mapped_to_nobody(customer, match.cust_no))
    return match


def already_mapped(cust_no: str, user_id: int) -> Problem:
    """A second buyer of a B2B account: the map is one to one (design §4)."""
    return Problem(
        code="CUSTOMER_ALREADY_MAPPED",
        field="USER_CUSTOMER_MAP.CUST_NO",
        found=f"customer {cust_no} is mapped to web user {user_id}",
        expected="no other active map row of this customer",
        next_step="nothing for orders, which book on this customer; map the user by hand if wrong",
        cust_no=cust_no,
    )


def mapping_switched_off(cust_no: str) -> Problem:
    """A person ended this mapping: it is not made again behind their back."""
    return Problem(
        code="MAPPING_SWITCHED_OFF",
        field="USER_CUSTOMER_MAP.IS_ACTIVE",
        found=f"0 for this user and customer {cust_no}, which has the user's e-mail",
        expected="an active map row of the user",
        next_step="nothing for orders, which book by e-mail; to end this, switch the row on "
        "again or enter the right customer; if the e-mail is wrong, correct it",
        cust_no=cust_no,
    )


def email_note(match: Mapped, email: str | None) -> str | None:
    """What people should see of a mapped user whose e-mail is not the customer's (any more)."""
    if email is None or match.cust_no in match.carriers:
        return None
    others = f", but of {', '.join(match.carriers)}" if match.carriers else ""
    return f"e-mail is not the one of customer {match.cust_no}{others}; the map row counts"


def _ambiguous_customer(customer: WebCustomer, cust_nos: tuple[str, ...]) -> Problem:
    """Several customers share the e-mail (CP §7 Q20)."""
    step = "keep the e-mail at one of the customers"
    if customer.user_id is not None:
        # A guest has no id that a map row could hold (CP §2.4).
        step = f"enter the right customer in USER_CUSTOMER_MAP for web user {customer.user_id}"
    return Problem(
        code="AMBIGUOUS_CUSTOMER",
        field="email",
        found=f"{customer.email} at customers {', '.join(cust_nos)}",
        expected="one customer with this e-mail",
        next_step=f"{step}{_then(customer)}",
    )


def _mapped_to_nobody(customer: WebCustomer, cust_no: str) -> Problem:
    """The map names a customer that is not there."""
    return Problem(
        code="MAPPED_CUSTOMER_MISSING",
        field="USER_CUSTOMER_MAP.CUST_NO",
        found=f"customer {cust_no}, which AR_CUST does not have",
        expected="an existing customer",
        next_step="correct the map row, or set its IS_ACTIVE to 0 to have the customer found anew"
        f"{_then(customer)}",
        cust_no=cust_no,
    )


def _then(customer: WebCustomer) -> str:
    """A refused order waits for people; a registration is looked at by every sync."""
    return NEXT_SYNC if customer.order_id is None else REPLAY
