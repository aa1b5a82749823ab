"""PS_DOC_PMT, PS_DOC_PMT_APPLY and PS_DOC_PMT_PROMPT (CP §1.12, §4.5). Never card data."""

from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.rules.clock import store_local_date
from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.text import clean
from woocp_pipelines.rules.web_order import WebOrder

Row = dict[str, Any]
_ONE: Final = Decimal(1)


def payment_rows(
    order: WebOrder, booking: Booking, place: Place, amounts: Amounts, kind: Kind
) -> list[Row]:
    """The one tender of a paid order; on the order and on its deposit ticket alike."""
    if booking.pay is None:
        return []
    return [
        {
            "DOC_ID": kind.doc_id,
            "PMT_SEQ_NO": 1,
            "AMT": amounts.deposit,
            "HOME_CURNCY_AMT": amounts.deposit,
            "PAY_COD": booking.pay.pay_cod,
            "PAY_COD_TYP": booking.pay.pay_typ,
            "EDC_AUTH_FLG": booking.pay.edc_auth_flg,
            "DESCR": booking.pay.descr,
            "STR_ID": place.counterpoint.store,
            "STA_ID": place.counterpoint.station,
            "TKT_NO": kind.tkt_no,
            "FINAL_PMT": "N",
            "PMT_LIN_TYP": "T",
            "PAY_DAT": store_local_date(order.paid or order.created, place.zone),
            "CURNCY_COD": "HOME",
            "EXCH_LOSS": ZERO,
            "EXCH_RATE_NUMER": _ONE,
            "EXCH_RATE_DENOM": _ONE,
            "CARD_IS_NEW": "N",
            "SWIPED": "N",
            "SECURE_ECOMM_TRX": "N",
            "DEP_LIN_COPIED_TO_REL_DOC": "N",
            "GFC_AUTHED": "N",
            "TIP_AMT": ZERO,
            "ROUND_GAIN_LOSS": ZERO,
            "HOME_CURNCY_ROUND_GAIN_LOSS": ZERO,
        }
    ]


def apply_rows(booking: Booking, amounts: Amounts, kind: Kind) -> list[Row]:
    """How the tender is applied: 'O' on the order, 'S' on tickets."""
    if booking.pay is None:
        return []
    return [
        {
            "DOC_ID": kind.doc_id,
            "PMT_SEQ_NO": 1,
            "APPL_TYP": kind.part,
            "AMT": amounts.deposit,
            "HOME_CURNCY_AMT": amounts.deposit,
            "EXCH_LOSS": ZERO,
        }
    ]


def prompt_rows(order: WebOrder, booking: Booking, kind: Kind) -> list[Row]:
    """The gateway's transaction id, where the pay code asks for a reference."""
    if booking.pay is None or not booking.pay.prompts or not kind.sells:
        return []
    reference = clean(order.transaction_id)
    if not reference:
        return []
    return [
        {
            "DOC_ID": kind.doc_id,
            "PMT_SEQ_NO": 1,
            "PROMPT_NO": 1,
            "PROMPT_TXT": "Transaction",
            "PROMPT_VAL": reference,
        }
    ]
