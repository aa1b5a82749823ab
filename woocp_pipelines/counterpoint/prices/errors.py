"""Why a price cannot be given.

Belongs here: the exceptions of the engine and of the book. Every one of them means "no price";
none may ever be answered with another rule's price or with the regular one (CP §5.3).
"""


class PriceError(Exception):
    """No price can be given; the text says why and for whom."""


class UndecidableError(PriceError):
    """A rule that may apply cannot be evaluated here; to skip it would select another rule."""


class FilterDoubtError(ValueError):
    """A part of a filter whose truth only the live database knows; names no filter yet."""


class UnsupportedFilterError(UndecidableError):
    """A filter uses a form or a column that we do not understand (CP §5.6)."""

    def __init__(self, filter_text: str, reason: str) -> None:
        super().__init__(f"price rule filter {filter_text!r}: {reason}")
        self.filter_text = filter_text
        self.reason = reason


class UnknownItemError(PriceError):
    """The item is not in the book."""

    def __init__(self, item_no: str) -> None:
        super().__init__(f"item {item_no!r} is not in the price book; check ITEM_NO in IM_ITEM")
        self.item_no = item_no


class UnknownUnitError(PriceError):
    """The item is not sold in that unit."""

    def __init__(self, item_no: str, unit: str) -> None:
        super().__init__(
            f"item {item_no!r} has no unit {unit!r}: expected '0' (stocking unit) or the number "
            "'1' to '5' of an alternate unit with a conversion factor"
        )


class UnknownCustomerError(PriceError):
    """The customer is not in the book, or was created after the book was read."""

    def __init__(self, cust_no: str) -> None:
        super().__init__(
            f"customer {cust_no!r} is not in the price book; check CUST_NO in AR_CUST, "
            "or wait for the next refresh if the customer is new"
        )


class PriceBookError(PriceError):
    """Counterpoint or the saved file gave something that no price book can be made of."""
