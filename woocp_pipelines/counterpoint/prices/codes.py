"""Codes of price rules whose meaning only the site knows (CP §5.3).

Belongs here: what the settings may say about PRC_METH. Without a word there, a rule with such a
code is undecidable. Codes that Counterpoint defines itself cannot be redefined. Bases that are
costs have no place here: no source tells their codes, or which of Counterpoint's costs they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

MethodMeaning = Literal["markup", "margin"]
KNOWN_BASES: Final = frozenset("123456R!")


@dataclass(frozen=True, slots=True)
class RuleCodes:
    """`methods` by PRC_METH, from `[prices.methods]` in woocp.toml.

    markup: basis x (1 + p/100); margin: basis / (1 - p/100).
    """

    methods: Mapping[str, MethodMeaning] = field(default_factory=lambda: MappingProxyType({}))


COUNTERPOINT_CODES: Final = RuleCodes()
