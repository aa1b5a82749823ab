"""What a settlement answers for each order and letter, for people and programs.

Belongs here: the shape of the answer. Does not: doing it (settling.py).
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from woocp_pipelines.counterpoint.order_lookup import KnownOrder
from woocp_pipelines.counterpoint.settlements import Letter
from woocp_pipelines.rules.problems import Problem

Outcome = Literal["accepted", "closed", "never booked", "nothing open", "refused"]
_SENTENCES: Final = {
    "accepted": "the order as it was then is accepted; another change is a new revision",
    "closed": "closed; only a new or different fault is reported again",
    "never booked": "it is never booked, and keeps no goods back",
    "nothing open": "nothing is open",
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one order or letter. `problem` says why it is refused."""

    order: KnownOrder | None
    outcome: Outcome
    letters: tuple[Letter, ...] = ()
    problem: Problem | None = None

    @property
    def name(self) -> str:
        """The order, or the record of a letter that belongs to none."""
        if self.order:
            return f"order {self.order.number}"
        return ", ".join(f"{each.kind} {each.key}" for each in self.letters)

    def sentence(self) -> str:
        """One line for people."""
        if self.problem:
            return f"refused: {self.problem.sentence()}"
        closed = "; ".join(f"letter {each.letter_id} {each.code}" for each in self.letters)
        return f"{_SENTENCES[self.outcome]}{f' ({closed})' if closed else ''}"

    def to_json(self) -> dict[str, Any]:
        """One entry of `settled`."""
        return {
            "woo_order_id": self.order.order_id if self.order else None,
            "woo_order_number": self.order.number if self.order else None,
            "outcome": self.outcome,
            "letters": [
                {
                    "id": each.letter_id,
                    "kind": each.kind,
                    "key": each.key,
                    "code": each.code,
                    "found": each.found,
                }
                for each in self.letters
            ],
            "code": self.problem.code if self.problem else None,
            "next_step": self.problem.next_step if self.problem else None,
        }


@dataclass(frozen=True, slots=True)
class Settlement:
    """All answers, orders first, as they were asked for."""

    answers: list[Settled] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many could not be settled."""
        return sum(each.outcome == "refused" for each in self.answers)

    def to_json(self) -> dict[str, Any]:
        """The one document of `woocp settle --json`."""
        return {"refused": self.refused, "settled": [each.to_json() for each in self.answers]}
