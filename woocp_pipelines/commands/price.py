"""`woocp price`: what Counterpoint charges a customer for an item, by which rule, and why.

Belongs here: the command. How an explanation reads is in price_explained.py.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from woocp_pipelines.commands.options import AtOption, JsonOption, SandboxOption

if TYPE_CHECKING:
    from woocp_pipelines.counterpoint.prices.book import PriceBook
    from woocp_pipelines.counterpoint.prices.engine import PriceAnswer

CustomerArgument = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Customer number (CUST_NO).")
]
ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="Item number (ITEM_NO).")]
QuantityArgument = Annotated[
    str, typer.Argument(metavar="QTY", help="In the unit asked for; above zero.")
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Every group and rule asked, why it lost or won.")
]
UnitOption = Annotated[
    str, typer.Option("--unit", help="0 for the stocking unit, 1 to 5 for an alternate unit.")
]
LocationOption = Annotated[
    str | None,
    typer.Option("--location", help="Price location; without it counterpoint.price_location."),
]


def price(
    customer: CustomerArgument,
    item: ItemArgument,
    quantity: QuantityArgument,
    *,
    explain: ExplainOption = False,
    unit: UnitOption = "0",
    location: LocationOption = None,
    at: AtOption = None,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """The price of an item for a customer, computed from Counterpoint's own rules."""
    from woocp_pipelines.commands.opening import open_database
    from woocp_pipelines.counterpoint.engine import reading
    from woocp_pipelines.counterpoint.prices.codes import RuleCodes
    from woocp_pipelines.counterpoint.prices.reading import read_price_book
    from woocp_pipelines.rules.clock import utc_now

    wanted = _quantity(quantity)
    now = utc_now()
    with open_database(sandbox=sandbox) as (settings, engine):
        with reading(engine) as connection:
            book = read_price_book(
                connection,
                time_zone=settings.store.time_zone,
                read_at=now,
                codes=RuleCodes(settings.prices.methods),
            )
        question = {
            "customer": customer,
            "item_no": item,
            "quantity": wanted,
            "at": now if at is None else at.replace(tzinfo=settings.store.zone),
            "unit": unit,
            "location": location or settings.counterpoint.price_location,
            "open_contracts": settings.prices.open_contracts,
        }
        if explain:
            _explain(book, question, as_json=as_json)
        else:
            _tell(book, question, as_json=as_json)


def _tell(book: "PriceBook", question: dict[str, Any], *, as_json: bool) -> None:
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.counterpoint.prices.engine import price_item

    answer = price_item(book, **question)
    if as_json:
        write_json(_document(question["customer"], answer))
    else:
        typer.echo(_sentence(question["customer"], answer))


def _explain(book: "PriceBook", question: dict[str, Any], *, as_json: bool) -> None:
    """Ends with 1 when the rules give no price: the explanation is there, the price is not."""
    from rich.console import Console

    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.commands.price_explained import show_explanation
    from woocp_pipelines.counterpoint.prices.explain import explain, explanation_document

    told = explain(book, **question)
    if as_json:
        write_json(explanation_document(told))
    else:
        show_explanation(Console(), told)
        if told.answer is not None:
            typer.echo(_sentence(question["customer"], told.answer))
    if told.answer is None:
        raise typer.Exit(1)


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
