"""/orders/{id}/notes: the journal of an order. It has no paging (WC §2) and bumps nothing."""

from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json, RestError, trash_not_supported
from woocp_pipelines.sandbox.store.links import links, shown
from woocp_pipelines.sandbox.store.state import StoreState


def write_note(state: StoreState, order_id: int, text: str, *, author: str = "WooCommerce") -> None:
    """A private note that the store itself writes, such as a status change."""
    state.add_note(order_id, {"author": author, "note": text})


def list_notes(call: Call) -> Reply:
    """GET notes, newest first."""
    order_id = _order_id(call)
    wanted = {"customer": {True}, "internal": {False}}.get(call.params["type"], {True, False})
    rows = [
        row
        for row in call.state.rows("note")
        if row["_order_id"] == order_id and row["customer_note"] in wanted
    ]
    rows.sort(key=lambda row: (row["date_created_gmt"], -row["id"]), reverse=True)
    return Reply([_view(call, row) for row in rows])


def get_note(call: Call) -> Reply:
    """GET one note."""
    return Reply(_view(call, _found(call)))


def post_note(call: Call) -> Reply:
    """POST a note; `added_by_user` makes it the key owner's."""
    order_id = _order_id(call)
    sent = call.params
    note = call.state.add_note(
        order_id,
        {
            "author": "admin" if sent["added_by_user"] else "WooCommerce",
            "note": sent["note"],
            "customer_note": sent["customer_note"],
        },
    )
    location = f"{call.root}/wp-json/wc/v3/orders/{order_id}/notes/{note['id']}"
    return Reply(_view(call, note), 201, {"Location": location})


def delete_note(call: Call) -> Reply:
    """DELETE a note, which needs force=true."""
    note = _found(call)
    if not call.params["force"]:
        raise trash_not_supported("Notes")
    call.state.remove("note", note["id"])
    return Reply(_view(call, note))


def _order_id(call: Call) -> int:
    order_id = call.ids["order"]
    if call.state.peek("order", order_id) is None:
        raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    return order_id


def _found(call: Call) -> Json:
    note = call.state.peek("note", call.ids["id"])
    if note is None or note["_order_id"] != _order_id(call):
        raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return note


def _view(call: Call, note: Json) -> Json:
    order = f"/orders/{note['_order_id']}"
    path = f"{order}/notes/{note['id']}"
    return shown(note, links(call.root, path, up=order, allow=("GET", "DELETE")))
