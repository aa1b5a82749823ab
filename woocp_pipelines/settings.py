"""Typed settings: woocp.toml (business choices), and the whole with the environment's part.

Belongs here: what may be set in the file and its defaults. The environment's secrets and addresses
are in settings_environment.py. Loading and its errors are in settings_loading.py; no other module
reads the environment or the file. Unknown keys are errors.
"""

from datetime import date
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from woocp_pipelines.settings_alerts import AlertAccess
from woocp_pipelines.settings_environment import Connections, PricingAccess
from woocp_pipelines.settings_tiers import Tier, bare, retailers_tiers

FlowName = Literal["customers", "orders", "documents", "inventory", "outbox", "fulfilment"]
Mode = Literal["plan", "apply"]

_MAX_BATCH: Final = 100
_MAX_CLAIM: Final = 500


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A folder of zones, such as US, is an OSError.
        raise ValueError("no such time zone; use an IANA name such as America/New_York") from None
    return name


def _address_or_none(text: str) -> str:
    """A name would be compared with addresses and match none; "*" would believe everybody."""
    if text == "":
        return text
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError('expected one IP address, such as 127.0.0.1, or ""') from None


Code10 = Annotated[str, Field(min_length=1, max_length=10)]
StoreId = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,20}$")]
Share = Annotated[Decimal, Field(ge=0, le=1)]
KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
ItemNo = Annotated[str, Field(min_length=1, max_length=20)]
# D, A, F and P mean what Counterpoint says; another meaning would be another price.
MethodCode = Annotated[str, Field(pattern=r"^[B-CEG-OQ-Z]$")]
Buffer = Annotated[Decimal, Field(ge=0, decimal_places=4)]


class _Table(BaseModel):
    """One table of woocp.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Store(_Table):
    """The WooCommerce site."""

    id: StoreId = "main"
    other_ids: Annotated[tuple[StoreId, ...], Field(max_length=20)] = ()
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "America/New_York"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    user_agent: str = ""

    @model_validator(mode="after")
    def _is_no_other(self) -> "Store":
        if self.id in self.other_ids:
            raise ValueError(f"{self.id} is the id of this shop, and stands in other_ids")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The store's time zone; Counterpoint's local times are in it, too."""
        return ZoneInfo(self.time_zone)


class Counterpoint(_Table):
    """Where web orders live in Counterpoint. Every code must exist there (`woocp doctor`)."""

    store: Code10
    station: Code10
    drawer: Code10
    user: Code10
    sales_rep: Code10
    workgroup: Code10
    stock_location: Code10
    price_location: Code10


class Orders(_Table):
    """Which web orders are taken over."""

    start_date: date | None = None
    statuses: Annotated[tuple[str, ...], Field(min_length=1)] = ("processing", "completed")
    held_statuses: tuple[str, ...] = ("on-hold",)
    overlap_minutes: Annotated[int, Field(ge=0, le=1440)] = 10

    @model_validator(mode="after")
    def _no_status_twice(self) -> "Orders":
        both = set(self.statuses) & set(self.held_statuses)
        if both:
            raise ValueError(f"{sorted(both)} stand in statuses and in held_statuses")
        return self


class Documents(_Table):
    """How a web order becomes Counterpoint documents (CP §4.1)."""

    type: Literal["O", "T"] = "O"
    payments: Literal["none", "deposit", "tender"] = "deposit"
    shipping_slot: Annotated[int, Field(ge=1, le=5)] = 1
    fee_slot: Annotated[int, Field(ge=1, le=5)] = 2
    note_id: Annotated[str, Field(min_length=1, max_length=20)] = "WEB ORDER"
    claim_size: Annotated[int, Field(ge=1, le=_MAX_CLAIM)] = 50
    order_balance: bool = False

    @model_validator(mode="after")
    def _payments_suit_the_type(self) -> "Documents":
        if self.type == "O" and self.payments == "tender":
            raise ValueError(
                'type "O" makes orders, and a tender belongs to a ticket: set payments to '
                '"deposit" (the order gets a deposit ticket) or "none", or type to "T"'
            )
        if self.type == "T" and self.payments == "none":
            raise ValueError(
                'type "T" makes sale tickets, which must be fully paid: set payments to "tender", '
                'or type to "O"'
            )
        return self


class Payments(_Table):
    """WooCommerce gateway id to Counterpoint pay code."""

    pay_codes: dict[str, Code10] = Field(default_factory=dict)


class Tax(_Table):
    """Tax codes by state, the authorities and rules of a tax code, and the shop's rates of them."""

    default: Annotated[str, Field(max_length=10)] = ""
    by_state: dict[str, Code10] = Field(default_factory=dict)
    authorities: dict[Code10, tuple[tuple[Code10, Code10], ...]] = Field(default_factory=dict)
    rates: dict[str, tuple[Code10, Code10]] = Field(default_factory=dict)


class Shipping(_Table):
    """WooCommerce shipping method ("method_id:instance") to SHIP_VIA_COD."""

    via: dict[str, Code10] = Field(default_factory=dict)


class Units(_Table):
    """SKU suffixes that name a selling unit: CARTON is the unit CT of the item itself."""

    suffixes: dict[str, Annotated[str, Field(min_length=1, max_length=15)]] = Field(
        default_factory=dict
    )


class Customers(_Table):
    """How web customers become Counterpoint customers, and what the store is told about them."""

    guests: Literal["create", "walk_in"] = "create"
    bid_no_source: str = ""
    tiers: dict[Code10, Tier] = Field(default_factory=retailers_tiers)

    @model_validator(mode="after")
    def _no_tier_twice(self) -> "Customers":
        if len({bare(code) for code in self.tiers}) < len(self.tiers):
            raise ValueError("two tiers differ only by blanks, '-', '_' or case")
        return self


class Inventory(_Table):
    """Which quantity the shop shows, and how much of the shop one run may change.

    A run beyond a share stops, but only when it would change at least `breaker_least_items`.
    """

    quantity: Literal["available", "on_hand"] = "available"
    locations: Annotated[tuple[Code10, ...], Field(min_length=1)] = ("01",)
    buffer: Buffer = Decimal(0)
    buffers: dict[ItemNo, Buffer] = Field(default_factory=dict)
    batch_size: Annotated[int, Field(ge=1, le=_MAX_BATCH)] = 50
    senders: Annotated[int, Field(ge=1, le=8)] = 2
    breaker_change_share: Share = Decimal("0.3")
    breaker_zero_share: Share = Decimal("0.1")
    breaker_least_items: Annotated[int, Field(ge=1)] = 10
    unlisted: Literal["keep", "zero"] = "keep"


class Fulfilment(_Table):
    """What counts as shipped, and how long tracking numbers may follow (CP §3.7, Q12)."""

    ship_date: bool = False
    tracking_days: Annotated[int, Field(ge=0, le=365)] = 14


class Prices(_Table):
    """How price rules are read; `methods`: what further PRC_METH codes mean (CP §5.3)."""

    open_contracts: bool = False
    methods: dict[MethodCode, Literal["markup", "margin"]] = Field(default_factory=dict)


class Pricing(_Table):
    """The pricing service."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5000
    threads: Annotated[int, Field(ge=1, le=256)] = 8
    limit_per_minute: Annotated[int, Field(ge=1)] = 6000
    key_limits: dict[KeyName, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    trusted_proxy: Annotated[str, AfterValidator(_address_or_none)] = ""
    access_log: str = "stderr"
    open_metrics: bool = False
    max_batch: Annotated[int, Field(ge=1, le=1000)] = 100
    check_seconds: Annotated[int, Field(ge=1, le=3600)] = 15
    reread_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    refuse_after_hours: Annotated[int, Field(ge=1)] = 24


class Retention(_Table):
    """How long raw orders, and Dagster's runs that went well or failed, are kept."""

    raw_days: Annotated[int, Field(ge=1)] = 400
    run_days: Annotated[int, Field(ge=1)] = 30
    failed_run_days: Annotated[int, Field(ge=1)] = 90


class FlowSettings(_Table):
    """What may differ for one flow."""

    mode: Mode


class Business(_Table):
    """The whole of woocp.toml."""

    mode: Mode = "plan"
    flows: dict[FlowName, FlowSettings] = Field(default_factory=dict)
    store: Store = Store()
    counterpoint: Counterpoint
    orders: Orders = Orders()
    documents: Documents = Documents()
    payments: Payments = Payments()
    tax: Tax = Tax()
    shipping: Shipping = Shipping()
    units: Units = Units()
    customers: Customers = Customers()
    inventory: Inventory = Inventory()
    fulfilment: Fulfilment = Fulfilment()
    prices: Prices = Prices()
    pricing: Pricing = Pricing()
    retention: Retention = Retention()

    def mode_of(self, flow: FlowName) -> Mode:
        """The flow's own mode where it has one, else the general one."""
        own = self.flows.get(flow)
        return own.mode if own else self.mode

    @model_validator(mode="after")
    def _apply_needs_a_start(self) -> "Business":
        applies = self.mode_of("orders") == "apply" or self.mode_of("documents") == "apply"
        if applies and self.orders.start_date is None:
            raise ValueError("orders.start_date is required in apply mode: older orders stay out")
        return self

    @model_validator(mode="after")
    def _stock_of_web_orders_is_shown(self) -> "Business":
        shown = {as_compared(code) for code in self.inventory.locations}
        if as_compared(self.counterpoint.stock_location) not in shown:
            # Without the codes: errors of settings never show what stands in the file.
            raise ValueError(
                "counterpoint.stock_location is none of inventory.locations: web orders take their "
                "goods there, and the shop would offer them again; add it to inventory.locations, "
                "or set counterpoint.stock_location to one of them"
            )
        return self


def as_compared(text: str) -> str:
    """A code or reference as SQL Server compares it: without case and trailing blanks."""
    return text.rstrip(" ").casefold()


class Settings(Business):
    """Everything woocp can be told: woocp.toml plus the environment."""

    connections: Connections
    pricing_access: PricingAccess
    alert_access: AlertAccess = AlertAccess()
