"""Orders of a real WooCommerce, from the recordings. Builders only; no assertions."""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent.parent / "fixtures" / "recordings"


def body(name: str) -> Any:
    """The answer of one recording, numbers as the client reads them."""
    text = (RECORDINGS / f"{name}.json").read_text("utf-8")
    return json.loads(text, parse_float=Decimal)["response"]["body"]


@cache
def recorded_orders() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Every whole order of the recordings, with the recording's name."""
    return tuple(_orders())


def _orders() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(RECORDINGS.glob("*order*.json")):
        answer = body(path.stem)
        for order in answer if isinstance(answer, list) else [answer]:
            if isinstance(order, dict) and {"line_items", "billing", "currency"} <= order.keys():
                yield path.stem, order
