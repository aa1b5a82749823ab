"""What the columns of woocp's own tables mean, for the asset pages.

Belongs here: the columns that a person reads or asks for, in words. Does not: the tables
(counterpoint/tables). Columns without words here are left out of the page: it shows them before
the numbers of the last run, and fifty names without a word would push those out of sight.
"""

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "USER_ORDER_STAGING": {
        "WOO_ORDER_ID": "the order's id in the store; the key",
        "WOO_ORDER_NO": "the number that shopper and staff see",
        "STATUS": "PENDING, HELD, CLAIMED, REFUSED, BOOKED, CANCELLED, SKIPPED, DUPLICATE, REREAD",
        "ORD_STATUS": "status in the store when last read",
        "TOT_AMT": "total that the store charged",
        "ORD_CREATED_GMT": "when it was placed, UTC",
        "STAGED_GMT": "when it was first read, UTC",
        "ERROR_CODE": "why it was refused; details in its dead letter",
        "TKT_NO": "number of its document in Counterpoint",
        "BOOKED_GMT": "when it was booked, UTC",
    },
    "USER_ORDER_KEY": {
        "WOO_ORDER_ID": "the order's id in the store; with STORE_ID the key, never deleted",
        "DOC_ID": "its order document",
        "TKT_NO": "number of that document",
        "DEP_DOC_ID": "the ticket of its deposit, when it was paid",
        "BOOKED_GMT": "when it was booked, UTC",
    },
    "USER_CUSTOMER_STAGING": {
        "WOO_USER_ID": "the customer's id in the store; none for a guest",
        "WOO_ORDER_ID": "a guest's order",
        "EMAIL_ADRS_1": "e-mail address, by which a customer is matched",
        "CUST_NO": "customer in Counterpoint, once known",
        "ACTION_TAKEN": "what was done",
        "VALIDATION_ERROR": "why nothing could be done",
        "UPDATED_GMT": "when it last changed, UTC",
    },
    "USER_CUSTOMER_MAP": {
        "WOO_USER_ID": "the customer's id in the store",
        "CUST_NO": "the same customer in Counterpoint",
        "IS_ACTIVE": "off: a person has ended this pair, or the person has a new account",
        "ACCOUNT_STATE": "DELETED in the store, or REPLACED by the person's new account",
        "MAPPING_SOURCE": "how the pair was found",
        "TIER_DECIDED_GMT": "when Counterpoint first gave another tier than a new customer's, UTC",
    },
    "USER_PRODUCT_MAP": {
        "SKU": "SKU in the store",
        "WOO_PRODUCT_ID": "id of the product or variation",
        "WOO_PARENT_ID": "the product of a variation",
        "ITEM_NO": "item in Counterpoint",
        "SELL_UNIT": "unit it is sold in; none or 0 is the stocking unit",
        "STORE_QTY": "quantity that the store showed when last read",
        "SENT_QTY": "quantity last sent",
        "SENT_GMT": "when that was, UTC",
    },
    "USER_ORDER_FULFILMENT": {
        "WOO_ORDER_ID": "the order's id in the store",
        "STATE": "what the store was last told",
        "MESSAGES": "how many notes it got",
        "UPDATED_GMT": "when that was, UTC",
        "CLOSED_GMT": "when it was told to its end, UTC: shipped, or closed and not open any more",
    },
}
