"""The codes that orders of one claim share: each is read once, when the first order needs it.

Belongs here: remembering for one claim. What is read, and what is said when it is missing:
counterpoint/codes.py. A refusal is not remembered: it names the order's own fields.
"""

from functools import cached_property

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.codes import (
    StationNumbers,
    read_drawer_session,
    read_pay_code,
    read_station,
    read_tax_code,
)
from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.customer_building import tax_code
from woocp_pipelines.rules.document_building.inputs import PayCode, TaxCode
from woocp_pipelines.rules.web_order import WebOrder
from woocp_pipelines.settings import Settings


class ClaimCodes:
    """Codes as they are while one claim is prepared."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._pay_codes: dict[str, PayCode] = {}
        self._tax_codes: dict[str, TaxCode | None] = {}
        self._drawer_is_open = False

    @cached_property
    def station(self) -> StationNumbers:
        """See `codes.read_station`."""
        return read_station(self._connection, self._settings.counterpoint)

    def pay_code(self, order: WebOrder) -> PayCode:
        """See `codes.read_pay_code`; one statement for each gateway."""
        gateway = order.payment_method
        if gateway not in self._pay_codes:
            self._pay_codes[gateway] = read_pay_code(self._connection, order, self._settings)
        return self._pay_codes[gateway]

    def tax_code(self, ship_to: Address) -> TaxCode | None:
        """See `codes.read_tax_code`; one statement for each code."""
        code = tax_code(ship_to, self._settings.tax) or ""
        if code not in self._tax_codes:
            self._tax_codes[code] = read_tax_code(self._connection, ship_to, self._settings)
        return self._tax_codes[code]

    def check_drawer(self) -> None:
        """Refuse while no session is open; a booking looks again, see `drawers`.

        Raises:
            RefusedError: NO_DRAWER_SESSION.
        """
        if not self._drawer_is_open:
            read_drawer_session(self._connection, self._settings.counterpoint)
            self._drawer_is_open = True
