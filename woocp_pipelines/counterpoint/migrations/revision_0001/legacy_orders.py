"""What becomes of the order rows that the retailer's scripts left (CP §2.2, design §3).

Belongs here: the judgement, pure. An order that has a document, or that a person skipped, is never
booked again; all others are read again from the store. Reading and writing is legacy_rows.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

_SKIPPED: Final = "MANUALLY_SKIPPED"
_MAX_BIGINT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """A staging row in one of the six derived states; every flag may be null."""

    staging_id: int
    woo_order_id: int
    woo_order_no: str | None
    cust_no: str | None
    is_applied: bool | None
    validation_error: str | None
    cp_doc_id: str | None

    @property
    def document(self) -> str:
        """The document as the old scripts wrote it, without blanks; empty when there is none."""
        return (self.cp_doc_id or "").strip()

    @property
    def doc_id(self) -> int | None:
        """DOC_ID, when the text holds one."""
        text = self.document
        if not (text.isascii() and text.isdecimal()):
            return None
        return int(text) if int(text) <= _MAX_BIGINT else None

    @property
    def status(self) -> str:
        """Status of the row, were it the only one of its order.

        A document counts whatever the flag says: the old scripts wrote both in one statement, but
        a second document costs more than a question.
        """
        if self.document:
            return "BOOKED"
        if (self.validation_error or "").strip().upper().startswith(_SKIPPED):
            return "SKIPPED"
        return "BOOKED" if self.is_applied else "REREAD"


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter about one row that needs a person's eye.

    It tells of what the old scripts left, never of why an order is not booked: a revision.
    """

    row: LegacyRow
    code: str
    found: str
    expected: str
    next_step: str


@dataclass(slots=True)
class Judgement:
    """Status of every row, the rows whose order is never booked again, and what people must see."""

    status: dict[int, str] = field(default_factory=dict)
    settled: list[LegacyRow] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)


def judge(rows: Iterable[LegacyRow]) -> Judgement:
    """Judge all rows of one store."""
    judgement = Judgement()
    ordered = sorted(rows, key=lambda row: (row.woo_order_id, row.staging_id))
    for _, group in groupby(ordered, key=lambda row: row.woo_order_id):
        _judge_order(list(group), judgement)
    return judgement


def _judge_order(rows: Sequence[LegacyRow], judgement: Judgement) -> None:
    keeper = max(rows, key=_standing)
    judgement.status[keeper.staging_id] = keeper.status
    if keeper.status != "REREAD":
        judgement.settled.append(keeper)
    for row in rows:
        if row is not keeper:
            judgement.status[row.staging_id] = "DUPLICATE"
            judgement.letters.append(_duplicate(row, keeper))
        judgement.letters.extend(_unclear(row))


def _standing(row: LegacyRow) -> tuple[int, int]:
    """What was done outweighs what was left undone; among equals the newest row wins."""
    rank = {"REREAD": 0, "SKIPPED": 1, "BOOKED": 2}[row.status]
    return (3 if row.document else rank, row.staging_id)


def _duplicate(row: LegacyRow, keeper: LegacyRow) -> Letter:
    found = f"the scripts before woocp left {_say(row)} and {_say(keeper)}; the latter is kept"
    if row.document and _identity(row) != _identity(keeper):
        return Letter(
            row,
            "DOUBLE_BOOKED",
            found,
            "one document for one web order",
            "open both documents in Counterpoint and cancel the one that is not wanted; then "
            f"{_settle(row)}",
        )
    close = _settle(row)
    if keeper.status == "REREAD":
        # Settling an order that has no document yet would keep it from ever being booked.
        close = f"`woocp settle --letter ID --note …`, or {close} once the order is booked"
    return Letter(
        row,
        "DUPLICATE_STAGING_ROW",
        found,
        "one staging row for one web order",
        "see whether both rows tell of the same order: the one that is not kept is never booked; "
        f"then {close}",
    )


def _unclear(row: LegacyRow) -> Iterator[Letter]:
    if row.document and not row.is_applied:
        yield Letter(
            row,
            "LEGACY_STATE_UNCLEAR",
            f"the scripts before woocp left {_say(row)}, with IS_APPLIED not set",
            "IS_APPLIED = 1 together with CP_DOC_ID",
            "look whether the document is in Counterpoint; when it is not, enter the order by "
            f"hand; then {_settle(row)}",
        )


def _settle(row: LegacyRow) -> str:
    number = (row.woo_order_no or "").strip() or row.woo_order_id
    return f"`woocp settle {number} --note …`"


def _identity(row: LegacyRow) -> int | str:
    return row.doc_id if row.doc_id is not None else row.document.upper()


def _say(row: LegacyRow) -> str:
    """What was done with the row before woocp: true for good, whatever becomes of the order."""
    done = {"BOOKED": "applied without a document", "SKIPPED": "skipped by hand"}
    state = f"with document {row.document}" if row.document else done.get(row.status, "not applied")
    return f"row {row.staging_id} ({state})"
