"""`woocp price`: what Counterpoint charges a customer for an item, and by which rule."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from woocp_pipelines.commands.options import JsonOption, SandboxOption

if TYPE_CHECKING:
    from woocp_pipelines.counterpoint.prices.engine import PriceAnswer

CustomerArgument = Annotated[str, typer.Argument(metavar="CUSTOMER", help="CUST_NO.")]
ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="ITEM_NO.")]
QuantityArgument = Annotated[
    str, typer.Argument(metavar="QTY", help="In the stocking unit; above zero.")
]


def price(
    customer: CustomerArgument,
    item: ItemArgument,
    quantity: QuantityArgument,
    *,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """The price of an item for a customer now, computed from Counterpoint's own rules."""
    from woocp_pipelines.commands.opening import open_database
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.counterpoint.engine import reading
    from woocp_pipelines.counterpoint.prices.engine import price_item
    from woocp_pipelines.counterpoint.prices.reading import read_price_book
    from woocp_pipelines.rules.clock import utc_now

    wanted = _quantity(quantity)
    now = utc_now()
    with open_database(sandbox=sandbox) as (settings, engine):
        with reading(engine) as connection:
            book = read_price_book(connection, time_zone=settings.store.time_zone, read_at=now)
        answer = price_item(
            book,
            customer=customer,
            item_no=item,
            quantity=wanted,
            at=now,
            location=settings.counterpoint.price_location,
            open_contracts=settings.prices.open_contracts,
        )
    if as_json:
        write_json(_document(customer, answer))
    else:
        typer.echo(_sentence(customer, answer))


def _quantity(text: str) -> Decimal:
    from woocp_pipelines.counterpoint.prices.engine import check_quantity
    from woocp_pipelines.rules.money import NotAnAmountError, read_decimal

    try:
        quantity = read_decimal(text)
        check_quantity(quantity)
    except NotAnAmountError as error:
        raise typer.BadParameter(f"QTY: {error}") from None
    except ValueError as error:
        raise typer.BadParameter(f"QTY {text}: {error}") from None
    return quantity


def _document(customer: str, answer: "PriceAnswer") -> dict[str, Any]:
    """Money and quantities as strings, as everywhere in the command's answers."""
    return {
        "customer": customer,
        "item_no": answer.item_no,
        "quantity": str(answer.quantity),
        "unit_price": str(answer.unit_price),
        "extended": str(answer.extended),
        "regular": _text(answer.regular),
        "basis": _text(answer.basis),
        "method": answer.method,
        "amount": _text(answer.amount),
        "group_type": answer.group_type,
        "group_code": answer.group_code,
        "rule_seq": answer.rule_seq,
        "rule_descr": answer.rule_descr,
        "break_min_qty": _text(answer.break_min_qty),
    }


def _sentence(customer: str, answer: "PriceAnswer") -> str:
    rule = "the item's own price, no rule holds"
    if answer.group_code is not None:
        rule = f"group {answer.group_type} {answer.group_code}, rule {answer.rule_seq}"
        rule += f" {answer.rule_descr!r}, method {answer.method}, from {answer.break_min_qty} on"
    return (
        f"{answer.quantity} of {answer.item_no} for {customer}: {answer.unit_price} each, "
        f"{answer.extended} together ({rule}; regular {answer.regular})"
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
