"""/customers: lists, single writes, batches (WC §4). Belongs here: all that users can be asked."""

from woocp_pipelines.sandbox.store.batch import run_batch
from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json, RestError, trash_not_supported
from woocp_pipelines.sandbox.store.links import ALL_METHODS, links, shown
from woocp_pipelines.sandbox.store.listing import filter_ids, one_page, sort_by_include
from woocp_pipelines.sandbox.store.meta import update_meta
from woocp_pipelines.sandbox.store.text import php_int
from woocp_pipelines.sandbox.store.times import stamp
from woocp_pipelines.sandbox.store.users import roles_of

_PLAIN = ("email", "first_name", "last_name")


def list_customers(call: Call) -> Reply:
    """GET /customers. There is no modified filter, and the default role is customer (WC §4)."""
    rows = [row for row in filter_ids(call, call.state.rows("customer")) if _wanted(call, row)]
    rows = _sorted(call, rows)
    return one_page(call, rows, lambda row: _view(call, row))


def get_customer(call: Call) -> Reply:
    """GET /customers/{id}."""
    return Reply(_view(call, _found(call, call.ids["id"])))


def post_customer(call: Call) -> Reply:
    """POST /customers."""
    view = _create(call, call.params)
    location = f"{call.root}/wp-json/wc/v3/customers/{view['id']}"
    return Reply(view, 201, {"Location": location})


def put_customer(call: Call) -> Reply:
    """PUT /customers/{id}: bumps the date, also when nothing differs."""
    return Reply(_update(call, call.ids["id"], call.params))


def delete_customer(call: Call) -> Reply:
    """DELETE needs force; the customer's orders become a guest's, without a new date (WC §1.4)."""
    if not call.params["force"]:
        raise trash_not_supported("Customers")
    return Reply(_delete(call, call.ids["id"]))


def batch_customers(call: Call) -> Reply:
    """POST /customers/batch."""
    return run_batch(
        call,
        lambda item: _create(call, item),
        lambda item: _update(call, php_int(item.get("id")), item),
        lambda item: _delete(call, php_int(item["id"])),
    )


def _wanted(call: Call, row: Json) -> bool:
    params = call.params
    fits = params["role"] in {"all", *roles_of(row)}
    if params.get("email"):
        fits = fits and row["email"].lower() == params["email"].lower()
    # Login and e-mail are searched, first and last names are not (WC §4).
    text = (params.get("search") or "").lower()
    return fits and (text in row["username"].lower() or text in row["email"].lower())


def _sorted(call: Call, rows: list[Json]) -> list[Json]:
    orderby = call.params["orderby"]
    if orderby == "include" and call.params.get("include"):
        return sort_by_include(call, rows)
    if orderby in {"name", "include"}:
        # The display name of a user made over REST is the login.
        rows = sorted(rows, key=lambda row: (row["username"], row["id"]))
    elif orderby == "registered_date":
        # Of one second the newest comes first, whatever the order asked for.
        rows = sorted(rows, key=lambda row: row["id"], reverse=True)
        rows = sorted(rows, key=lambda row: row["date_created_gmt"])
    else:
        rows = sorted(rows, key=lambda row: row["id"])
    return rows[::-1] if call.params["order"] == "desc" else rows


def _found(call: Call, key: int) -> Json:
    record = call.state.find("customer", key)
    if record is None:
        raise RestError(404, "wc_user_invalid_id", "Invalid user ID.")
    return record


def _create(call: Call, sent: Json) -> Json:
    email = str(sent.get("email") or "")
    if "@" not in email:
        raise RestError(400, "customer_invalid_email", "Invalid email address")
    _refuse_taken(call, email)
    record = call.state.add_customer(
        {
            "email": email,
            "username": sent.get("username") or "",
            "meta_data": [{"key": "default_password_nag", "value": "1"}],
        }
    )
    return _update(call, record["id"], {**sent, "email": email})


def _refuse_taken(call: Call, email: str) -> None:
    if any(row["email"].lower() == email.lower() for row in call.state.rows("customer")):
        message = (
            f"An account is already registered with {email}. Please log in or use a different "
            "email address."
        )
        raise RestError(400, "registration-error-email-exists", message)


def _update(call: Call, key: int, sent: Json) -> Json:
    record = _found(call, key)
    email = str(sent.get("email") or record["email"])
    if email.lower() != record["email"].lower():
        _refuse_taken(call, email)
    for name in _PLAIN:
        if sent.get(name) is not None:
            record[name] = str(sent[name])
    for name in ("billing", "shipping"):
        if isinstance(sent.get(name), dict):
            known = {k: str(v) for k, v in sent[name].items() if k in record[name]}
            record[name] = {**record[name], **known}
    update_meta(call.state, record["meta_data"], sent.get("meta_data"))
    stamp(record, "date_modified", call.state.now(), call.state.zone)
    call.state.save("customer", record)
    return _view(call, record)


def _delete(call: Call, key: int) -> Json:
    record = _found(call, key)
    for order in call.state.rows("order"):
        if order["customer_id"] == key:
            call.state.save("order", {**order, "customer_id": 0})
    call.state.remove("customer", key)
    view = _view(call, record)
    # Nothing may be done any more with what is gone.
    del view["_links"]["self"][0]["targetHints"]
    return view


def _view(call: Call, record: Json) -> Json:
    allow = ALL_METHODS[:-1] if record["role"] == "administrator" else ALL_METHODS
    view = shown(record, links(call.root, f"/customers/{record['id']}", allow=allow))
    # Hidden keys stay hidden on customers, unlike on orders and products (WC §2).
    view["meta_data"] = [r for r in record["meta_data"] if not str(r["key"]).startswith("_")]
    return view
