"""PS_DOC_LIN_PRICE: why each line costs what it costs (CP §1.10, §4.7.1)."""

from typing import Any, Final

from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import Booking, CounterpointPrice, ResolvedLine
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.document_building.line_money import LineMoney
from woocp_pipelines.rules.text import clean

Row = dict[str, Any]
_NO_GROUP: Final = "!"
_NO_RULE: Final = -1
_NO_BREAK: Final = "I"
WEB_PRICE: Final = "Web"
# Counterpoint's customers have no price level of their own in any column we know.
_LEVEL: Final = "Price-1"


def price_rows(booking: Booking, amounts: Amounts, kind: Kind) -> list[Row]:
    """One row per line of the document that carries the goods; deposit tickets have none."""
    if not kind.sells:
        return []
    return [
        {
            "DOC_ID": kind.doc_id,
            "LIN_SEQ_NO": number,
            "PRC_SEQ_NO": 1,
            **_reason(booking, line, money),
            "QTY_PRCD": line.web.quantity,
            "UNIT_PRC": money.prc,
            "DIM_1_UPR": "*",
            "DIM_2_UPR": "*",
            "DIM_3_UPR": "*",
        }
        for number, (line, money) in enumerate(
            zip(booking.lines, amounts.lines, strict=True), start=1
        )
    ]


def _reason(booking: Booking, line: ResolvedLine, money: LineMoney) -> Row:
    """The rule or level whose price the web charged; else the web's own price is the reason."""
    price = booking.calc_prices.get(line.web.line_id)
    if price is None or money.overridden:
        return _columns(WEB_PRICE, _NO_GROUP, _NO_RULE, _NO_BREAK)
    if price.rule is None:
        return _columns(_LEVEL, _NO_GROUP, _NO_RULE, _NO_BREAK)
    rule = price.rule
    return _columns(
        _justification(price), rule.group_type, rule.sequence, rule.break_descr or _NO_BREAK
    )


def _justification(price: CounterpointPrice) -> str:
    """Group and rule in words: the table has no column of its own for the group's code."""
    rule = price.rule
    words = "" if rule is None else f"{rule.group_code} {rule.descr}"
    return clean(words)


def _columns(reason: str, group_type: str, sequence: int, break_descr: str) -> Row:
    return {
        "PRC_JUST_STR": reason,
        "PRC_GRP_TYP": group_type,
        "PRC_RUL_SEQ_NO": sequence,
        "PRC_BRK_DESCR": break_descr,
    }
