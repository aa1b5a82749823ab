"""How products and variations are shown: what is computed at the moment of reading.

Belongs here: prices, links, inherited stock. Does not: changing anything (`product_writes.py`).
"""

from typing import Final
from urllib.parse import quote, unquote

from woocp_pipelines.rules.money import ZERO, cents
from woocp_pipelines.sandbox.store import defaults
from woocp_pipelines.sandbox.store.complete import current_price
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.links import links, shown
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.text import slug
from woocp_pipelines.sandbox.store.totals import amount

_INHERITED: Final = (
    "stock_quantity",
    "stock_status",
    "backorders",
    "backorders_allowed",
    "backordered",
)


def product_view(state: StoreState, root: str, product: Json, *, edit: bool = False) -> Json:
    """A product as GET shows it; `edit` is the slightly different shape of write answers."""
    view = shown(product, links(root, f"/products/{product['id']}"))
    view.update(_prices(state, product))
    view["permalink"] = _permalink(root, product)
    view["has_options"] = product["type"] == "variable"
    if product["type"] == "variable" and not product["manage_stock"]:
        view["stock_status"] = _children_status(state, product)
    if edit:
        view["permalink_template"] = f"{root}/product/%pagename%/"
        view["generated_slug"] = unquote(product["slug"])
        view["average_rating"] = "0"
    return view


def variation_view(state: StoreState, root: str, variation: Json, *, edit: bool = False) -> Json:
    """A variation as its parent's list shows it."""
    parent = state.peek("product", variation["parent_id"]) or defaults.product()
    path = f"/products/{variation['parent_id']}/variations/{variation['id']}"
    view = shown(variation, links(root, path, up=f"/products/{variation['parent_id']}"))
    view.update(_prices(state, variation))
    # A variation keeps no price as text of its own.
    view.pop("price_html")
    view["permalink"] = _variation_permalink(root, parent, variation)
    view.update(_inherited_stock(parent, variation))
    if edit:
        view["tax_class"] = "parent"
    return view


def global_variation_view(state: StoreState, root: str, variation: Json) -> Json:
    """A variation as GET /variations shows it: its links know no parent."""
    view = variation_view(state, root, variation)
    base = f"{root}/wp-json/wc/v3"
    view["_links"] = {
        "self": [{"href": f"{base}/variations/{variation['id']}"}],
        "collection": [{"href": f"{base}/variations"}],
        "up": [{"href": f"{base}/products/0"}],
    }
    return view


def variation_as_product(state: StoreState, root: str, variation: Json) -> Json:
    """A variation read through /products/{id} or found by SKU there (WC §3.5)."""
    inner = variation_view(state, root, variation)
    parent = state.peek("product", variation["parent_id"]) or defaults.product()
    own = {name: value for name, value in inner.items() if name not in {"image", "_links"}}
    path = f"/products/{variation['id']}"
    name = f"{parent['name']} - {variation['name']}"
    return {
        **defaults.product(),
        **own,
        "name": name,
        "slug": slug(name),
        "type": "variation",
        "categories": [],
        "total_sales": "0",
        "reviews_allowed": False,
        "price_html": _prices(state, variation)["price_html"],
        "_links": links(root, path, up=f"/products/{variation['parent_id']}"),
    }


def _prices(state: StoreState, record: Json) -> Json:
    price = current_price(state, record)
    on_sale = bool(record["sale_price"]) and record["sale_price"] != record["regular_price"]
    return {
        "price": price,
        "on_sale": on_sale,
        "purchasable": bool(price),
        "price_html": _price_html(record, price, on_sale=on_sale),
    }


def _price_html(record: Json, price: str, *, on_sale: bool) -> str:
    if not price:
        return ""
    if not on_sale:
        return _money_html(price)
    was, now = _money_html(record["regular_price"]), _money_html(price)
    return (
        f'<del aria-hidden="true">{was}</del> <span class="screen-reader-text">Original price '
        f'was: &#036;{record["regular_price"]}.</span><ins aria-hidden="true">{now}</ins>'
        f'<span class="screen-reader-text">Current price is: &#036;{price}.</span>'
    )


def _money_html(price: str) -> str:
    text = f"{cents(max(amount(price), ZERO)):,.2f}"
    return (
        '<span class="woocommerce-Price-amount amount"><bdi>'
        f'<span class="woocommerce-Price-currencySymbol">&#36;</span>{text}</bdi></span>'
    )


def _permalink(root: str, product: Json) -> str:
    if product["status"] == "publish":
        return f"{root}/product/{product['slug']}/"
    return f"{root}/?post_type=product&p={product['id']}"


def _variation_permalink(root: str, parent: Json, variation: Json) -> str:
    options = "&".join(
        f"attribute_{quote(row.get('slug') or slug(row['name']))}={quote(row['option'])}"
        for row in variation["attributes"]
    )
    return f"{_permalink(root, parent)}?{options}"


def _inherited_stock(parent: Json, variation: Json) -> Json:
    if variation["manage_stock"] or not parent["manage_stock"]:
        return {}
    return {"manage_stock": "parent"} | {name: parent[name] for name in _INHERITED}


def _children_status(state: StoreState, product: Json) -> str:
    children = [state.peek("variation", key) for key in product["variations"]]
    statuses = {child["stock_status"] for child in children if child is not None}
    if not statuses:
        return str(product["stock_status"])
    return next(s for s in ("instock", "onbackorder", "outofstock") if s in statuses)
