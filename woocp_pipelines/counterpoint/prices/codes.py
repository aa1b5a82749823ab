"""Codes of price rules whose meaning only the site knows (CP §5.3).

Belongs here: what the settings may say about PRC_METH and PRC_BASIS. Without a word there, a rule
with such a code is undecidable. Codes that Counterpoint defines itself cannot be redefined.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

MethodMeaning = Literal["markup", "margin"]
BasisMeaning = Literal["last_cost"]
KNOWN_METHODS: Final = frozenset("DAFP")
KNOWN_BASES: Final = frozenset("123456R!")


@dataclass(frozen=True, slots=True)
class RuleCodes:
    """`methods` by PRC_METH and `bases` by PRC_BASIS, from `[prices]` in woocp.toml.

    markup: basis x (1 + p/100); margin: basis / (1 - p/100); last_cost: IM_ITEM.LST_COST.
    """

    methods: Mapping[str, MethodMeaning] = field(default_factory=lambda: MappingProxyType({}))
    bases: Mapping[str, BasisMeaning] = field(default_factory=lambda: MappingProxyType({}))


COUNTERPOINT_CODES: Final = RuleCodes()
