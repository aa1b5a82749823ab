"""Explanations under /api/v1: of the same price that /api/v1/prices answers.

Belongs here: which walks are told, and which steps a key may see. Does not: the walk itself
(counterpoint/prices/explain.py).
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from pricing_service.config import service
from pricing_service.errors import ProblemError
from pricing_service.price_book import HeldBook
from pricing_service.security import key_may
from pricing_service.v1.answers import DETAILS
from pricing_service.v1.asking import buyer_of, quantity_of, wanted_item
from pricing_service.v1.models import ExplainRequest, RefusalCode
from woocp_pipelines.counterpoint.prices.book import CONTRACT
from woocp_pipelines.counterpoint.prices.errors import (
    UndecidableError,
    UnknownItemError,
    UnknownUnitError,
)
from woocp_pipelines.counterpoint.prices.explain import (
    Explanation,
    explain,
    explanation_document,
)

_DECIDES: Final = frozenset({"won", "undecidable"})


def explanation_of(asked: ExplainRequest, held: HeldBook) -> dict[str, Any]:
    """Every group and rule that was considered for one price, as JSON holds it.

    Raises:
        ProblemError: nobody or nothing that the book knows, or an item that cannot be explained.
    """
    try:
        found = _explanation(asked, held)
    except UnknownItemError:
        raise _refused(HTTPStatus.NOT_FOUND, "unknown_item") from None
    except UnknownUnitError:
        raise _refused(HTTPStatus.NOT_FOUND, "unknown_unit") from None
    except UndecidableError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "unsupported_rule", str(error)
        ) from None
    # A full reading that found no change kept the book: its own time is older than what it says.
    found = replace(found, book_read_at=held.read_at)
    return explanation_document(found if key_may("group") else _without_other_contracts(found))


def _explanation(asked: ExplainRequest, held: HeldBook) -> Explanation:
    config, book = service(), held.book
    buyer = buyer_of(asked, book)
    wanted = wanted_item(asked, book)
    question: dict[str, Any] = {
        "item_no": wanted.item_no,
        "unit": wanted.unit,
        "quantity": quantity_of(asked),
        "location": asked.get("location", config.price_location),
        "at": config.clock(),
        "open_contracts": config.open_contracts,
    }
    found = explain(book, customer=buyer.customer, group_code=buyer.group, **question)
    if buyer.group is None or any(each.outcome in _DECIDES for each in found.steps):
        return found
    # Where the contract gives no price, prices.py answers what anybody pays.
    then = explain(book, customer=None, **question)
    return replace(
        then,
        group_code=buyer.group,
        steps=found.steps + then.steps,
        left_out=found.left_out + then.left_out,
    )


def _without_other_contracts(found: Explanation) -> Explanation:
    """Contracts that do not decide are other customers' secrets (CP §5.7): only counted."""
    deciding = {each.group_code for each in found.steps if each.outcome in _DECIDES}
    shown = tuple(
        each for each in found.steps if each.group_type != CONTRACT or each.group_code in deciding
    )
    left_out = found.left_out + len(found.steps) - len(shown)
    return replace(found, steps=shown, left_out=left_out)


def _refused(status: int, code: RefusalCode) -> ProblemError:
    return ProblemError(status, code, DETAILS[code])
