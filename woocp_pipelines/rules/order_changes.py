"""What changed in an order, in the words of a shop clerk; compared as the hash compares.

Belongs here: the differences of two states of one order, and ids that the store itself took away.
Does not: what a change of a booked order means (order_revisions.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from woocp_pipelines.rules.money import NotAnAmountError, read_decimal
from woocp_pipelines.rules.order_content import OrderState, canonical
from woocp_pipelines.rules.text import cut_unicode

Json = Mapping[str, Any]

# A text longer than this is cut inside a difference, so that the other differences have room.
_LONGEST_VALUE: Final = 60
_CENTS: Final = -2
# Parts of the content, those first that concern the clerk most.
_PARTS: Final = (
    "group",
    "total",
    "refunds",
    "paid",
    "lines",
    "shipping_lines",
    "fees",
    "coupons",
    "taxes",
    "payment",
    "currency",
    "customer",
    "shipping",
    "billing",
    "note",
)
_FIELDS: Final = {
    "total": "total",
    "payment": "payment method",
    "currency": "currency",
    "customer": "customer account",
    "note": "customer note",
}


@dataclass(frozen=True, slots=True)
class _List:
    """A list of the order: its key in the JSON, and how one entry is called and told apart."""

    source: str
    called: str
    name: str
    key: str = "id"


_LISTS: Final = {
    "refunds": _List("refunds", "refund", "reason"),
    "lines": _List("line_items", "line", "sku"),
    "shipping_lines": _List("shipping_lines", "shipping line", "method_title"),
    "fees": _List("fee_lines", "fee", "name"),
    "coupons": _List("coupon_lines", "coupon", "code"),
    "taxes": _List("tax_lines", "tax rate", "label", "rate_id"),
}
_WORDS: Final = {
    "product_id": "product",
    "variation_id": "variation",
    "total_tax": "tax",
    "taxes": "tax",
    "tax_total": "tax on goods",
    "shipping_tax_total": "tax on shipping",
    "method_id": "method",
    "instance_id": "method instance",
}
_MONEY: Final = frozenset(
    ("subtotal", "total", "total_tax", "discount", "tax_total", "shipping_tax_total")
)
# What a new or removed entry is described by.
_SHOWN: Final = ("quantity", "total", "discount", "tax_total")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the part of the content it is in, and a sentence's worth of words."""

    part: str
    words: str


def restore_ids(raw: Json, kept: Json) -> dict[str, Any]:
    """The order with ids that turned 0 taken from a kept state of it.

    Deleting a product, a variation or a customer in the store turns its id into 0 on all old
    orders (WC §1.4, §2): nobody changed the order. Every other field is left as it is.
    """
    known = {line["id"]: line for line in _entries(kept, "line_items") if "id" in line}
    restored = {**raw, **_restored(raw, kept, ("customer_id",))}
    lines = raw.get("line_items")
    if isinstance(lines, list):
        names = ("product_id", "variation_id")
        restored["line_items"] = [
            {**line, **_restored(line, known.get(line.get("id"), {}), names)}
            if isinstance(line, Mapping)
            else line
            for line in lines
        ]
    return restored


def differences(kept: OrderState, now: OrderState) -> list[Difference]:
    """All differences of two states of an order; none exactly when their hashes are equal."""
    before, after = kept.content, now.content
    found: list[Difference] = []
    for part in _PARTS:
        if canonical(before[part]) != canonical(after[part]):
            words = list(_words(part, kept, now))
            # Equal for Python and not for JSON, such as 1 and true.
            found += [Difference(part, each) for each in words or [f"{part} is written otherwise"]]
    return found


def joined(words: Sequence[str], length: int) -> str:
    """Differences as one text of at most `length` UTF-16 units, saying how many were left out."""
    for shown in range(len(words), 0, -1):
        left = len(words) - shown
        text = "; ".join(words[:shown]) + (f"; and {left} more" if left else "")
        if cut_unicode(text, length) == text:
            return text
    return cut_unicode("; ".join(words), length)


def _restored(raw: Json, kept: Json, names: Sequence[str]) -> dict[str, Any]:
    return {name: kept[name] for name in names if name in raw and raw[name] == 0 and kept.get(name)}


def _entries(raw: Json, name: str) -> list[Json]:
    items = raw.get(name)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _words(part: str, kept: OrderState, now: OrderState) -> Iterator[str]:
    before, after = kept.content[part], now.content[part]
    if part in _LISTS:
        yield from _entry_words(part, kept, now)
    elif part in {"shipping", "billing"}:
        yield from _address_words(part, before, after)
    elif part == "group":
        yield f"status {kept.status} → {now.status}"
    elif part == "paid":
        yield f"{_paid(before)} → {_paid(after)}"
    else:
        yield f"{_FIELDS[part]} {_shown(part, before)} → {_shown(part, after)}"


def _address_words(part: str, before: object, after: object) -> Iterator[str]:
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield f"{part} address {_quoted(before)} → {_quoted(after)}"
        return
    for name in _changed(before, after):
        yield f"{part} {name} {_quoted(before.get(name))} → {_quoted(after.get(name))}"


def _entry_words(part: str, kept: OrderState, now: OrderState) -> Iterator[str]:
    """Entries are paired by their id; what has no single partner was removed or is new."""
    before, after = list(kept.content[part]), list(now.content[part])
    for entry in list(before):
        if entry in after:
            before.remove(entry)
            after.remove(entry)
    key = _LISTS[part].key
    for entry in before:
        label = _label(part, entry, kept, now)
        partners = [other for other in after if other.get(key) == entry.get(key)]
        if len(partners) == 1:
            after.remove(partners[0])
            yield f"{label}: {_changes(entry, partners[0])}"
        else:
            yield f"{label} removed: {_amounts(entry)}"
    for entry in after:
        yield f"{_label(part, entry, now, kept)} new: {_amounts(entry)}"


def _label(part: str, entry: Json, *states: OrderState) -> str:
    """`line 12 (SKU 01-10100)`: the SKU as it was when it was sold, where it is known."""
    kind = _LISTS[part]
    number = entry.get(kind.key)
    same = [
        raw
        for state in states
        for raw in _entries(state.raw, kind.source)
        if raw.get(kind.key) == number
    ]
    name = next((str(raw[kind.name]) for raw in same if raw.get(kind.name)), "")
    if part == "lines":
        # A deleted product leaves nothing but its name (WC §2).
        title = next((str(raw["name"]) for raw in same if raw.get("name")), "")
        name = f"SKU {name}" if name else title
    return f"{kind.called} {number} ({_cut(name)})" if name else f"{kind.called} {number}"


def _changed(before: Json, after: Json) -> list[str]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        name
        for name in names
        if before.get(name) != after.get(name) or (name in before) != (name in after)
    ]


def _changes(before: Json, after: Json) -> str:
    return ", ".join(
        f"{_WORDS.get(name, name)} {_shown(name, before.get(name))} → "
        f"{_shown(name, after.get(name))}"
        for name in _changed(before, after)
    )


def _amounts(entry: Json) -> str:
    shown = [
        f"{_WORDS.get(name, name)} {_shown(name, entry[name])}" for name in _SHOWN if name in entry
    ]
    return ", ".join(shown) or "without amounts"


def _shown(name: str, value: object) -> str:
    if name == "taxes" and isinstance(value, list):
        rates = [f"{_shown('total', each.get('total'))} (rate {each.get('id')})" for each in value]
        return " + ".join(rates) or "none"
    if name == "customer" and value == 0:
        return "guest"
    if name not in _MONEY:
        return str(value) if name == "quantity" else _quoted(value)
    try:
        amount = read_decimal(value)
    except NotAnAmountError:
        return _quoted(value)
    exponent = amount.as_tuple().exponent
    exact = isinstance(exponent, int) and exponent >= _CENTS
    return f"{amount:.2f}" if exact else f"{amount:f}"


def _paid(value: object) -> str:
    return f"paid {value} UTC" if value else "not paid"


def _quoted(value: object) -> str:
    if value is None:
        return "none"
    return f'"{_cut(value)}"' if isinstance(value, str) else _cut(str(value))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_VALUE else f"{line[: _LONGEST_VALUE - 1]}…"
