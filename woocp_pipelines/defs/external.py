"""What woocp does not make but reads or feeds: the two systems, the storefront, the price service.

Belongs here: their names in the lineage, so that it runs from a storefront order to a document
in Counterpoint and back to the stock that a shopper sees. Nothing here is ever materialized.
"""

from dataclasses import dataclass
from typing import Final

import dagster as dg

from woocp_pipelines.defs.catalog import COUNTERPOINT, WOOCOMMERCE, Group, Outside
from woocp_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class _External:
    """One thing outside; `page` is its page in the shop's administration."""

    name: str
    group: Group | Outside
    kind: str
    description: str
    deps: tuple[str, ...] = ()
    page: str = ""


_EXTERNALS: Final = (
    _External(
        "woo_customers",
        "woocommerce",
        WOOCOMMERCE,
        "A row is one registered customer of the store (GET /customers).",
        page="users.php",
    ),
    _External(
        "woo_orders",
        "woocommerce",
        WOOCOMMERCE,
        "A row is one order that a shopper placed in the storefront (GET /orders).",
        page="admin.php?page=wc-orders",
    ),
    _External(
        "woo_products",
        "woocommerce",
        WOOCOMMERCE,
        "A row is one product or variation of the store (GET /products).",
        page="edit.php?post_type=product",
    ),
    _External(
        "counterpoint_accounts",
        "counterpoint",
        COUNTERPOINT,
        "A row is one customer of Counterpoint with category and price tier (AR_CUST).",
    ),
    _External(
        "counterpoint_items",
        "counterpoint",
        COUNTERPOINT,
        "A row is one item with its units and barcodes (IM_ITEM, IM_BARCOD).",
    ),
    _External(
        "counterpoint_stock",
        "inventory",
        COUNTERPOINT,
        "A row is one item at one location: on hand, committed (IM_INV). "
        "Tills, receivings and the documents of web orders change it.",
        deps=("counterpoint_documents",),
    ),
    _External(
        "counterpoint_shipments",
        "fulfilment",
        COUNTERPOINT,
        "A row is one order with its release tickets, open, posted or cancelled (PS_DOC_HDR, "
        "PS_DOC_LIN, PS_TKT_HIST, PS_ORD_HIST). People at the tills make them.",
        deps=("counterpoint_documents",),
    ),
    _External(
        "counterpoint_price_rules",
        "counterpoint",
        COUNTERPOINT,
        "A row is one price rule with its group, breaks and prices "
        "(IM_PRC_GRP, IM_PRC_RUL, IM_PRC_RUL_BRK, IM_PRC).",
    ),
    _External(
        "pricing_service",
        "prices",
        "flask",
        "Answers contract prices over HTTP, from a price book that it reads and keeps itself; "
        "the asset price_book shows what is in it. It runs on without Dagster; the sensor "
        "pricing_service_health asks it every minute how it is.",
        deps=("counterpoint_price_rules", "price_book"),
    ),
    _External(
        "storefront",
        "storefront",
        WOOCOMMERCE,
        "What a shopper sees: stock on the product page, prices of tier and contract in the cart, "
        "the status of an order.",
        deps=("woo_stock", "pricing_service", "woo_customer_tiers", "order_fulfilment"),
    ),
)


def external_assets(settings: Settings) -> list[dg.AssetSpec]:
    """The specs; with links to a real shop's pages, since the sandbox's has none."""
    return [
        dg.AssetSpec(
            one.name,
            description=one.description,
            deps=list(one.deps),
            group_name=one.group,
            kinds={one.kind},
            metadata=_link(one, settings),
        )
        for one in _EXTERNALS
    ]


def _link(one: _External, settings: Settings) -> dict[str, dg.MetadataValue[str]]:
    store = settings.connections.store_url
    if settings.connections.sandbox or store is None or not one.page:
        return {}
    return {"page": dg.MetadataValue.url(f"{store.rstrip('/')}/wp-admin/{one.page}")}
