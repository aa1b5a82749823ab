"""JSON of answers, written once.

Belongs here: keeping the text of an answer as long as the answer is in use. Does not: what stands
in it (schemas.py, v1/answers.py). Texts are immutable: no caller can change another's (CP §5.10).
"""

from collections.abc import Callable
from typing import Final

from woocp_pipelines.counterpoint.prices.answers import PriceAnswer

MOST_TEXTS: Final = 20_000


class Fragments:
    """Texts by the identity of their answer, which the entry keeps alive.

    Equal answers of the engine's memo are the same object, so a warm price is never written twice.
    Threads share it without a lock: a lost entry costs one writing.

    Args:
        write: the text of an answer by a book's rounding method.
        most: texts kept; past that all are forgotten and written again when asked for.
    """

    def __init__(self, write: Callable[[PriceAnswer, str], str], *, most: int = MOST_TEXTS) -> None:
        self._write = write
        self._most = most
        self._kept: dict[int, tuple[PriceAnswer, str, str]] = {}

    def of(self, answer: PriceAnswer, round_method: str) -> str:
        """The answer as JSON."""
        found = self._kept.get(id(answer))
        if found is not None and found[0] is answer and found[1] == round_method:
            return found[2]
        text = self._write(answer, round_method)
        if len(self._kept) >= self._most:
            self._kept = {}
        self._kept[id(answer)] = (answer, round_method, text)
        return text
