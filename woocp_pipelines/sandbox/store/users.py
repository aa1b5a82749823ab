"""/wp/v2/users: lists and single users with their roles, and changing roles.

Belongs here: as much of WordPress's users end point as roles need. Does not: the rest of a user
(customers.py), nor who is asking (app_passwords.py). Rights are those of WordPress itself: here
an administrator has them, nobody else. The codes are those of its reference, not recorded.
"""

from typing import Any, Final

from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.listing import filter_ids, one_page
from woocp_pipelines.sandbox.store.state import StoreState

_KNOWN_ROLES: Final = (
    "administrator",
    "editor",
    "author",
    "contributor",
    "subscriber",
    "customer",
    "shop_manager",
)


def list_users(call: Call) -> Reply:
    """GET /users: by role or id; the context edit, which shows roles, needs the right to list."""
    roles = _slugs(call.params.get("roles"))
    if roles:
        _require(call, "rest_user_cannot_view", "you are not allowed to filter users by role.")
    if call.params["context"] == "edit":
        _require(call, "rest_forbidden_context", "you are not allowed to list users.")
    rows = filter_ids(call, call.state.rows("customer"))
    if roles:
        rows = [row for row in rows if set(roles_of(row)) & set(roles)]
    if call.user is None:
        rows = []  # strangers see authors of published posts only, and a shop has none
    down = call.params["order"] == "desc"
    rows = sorted(rows, key=lambda row: _sort_key(call, row), reverse=down)
    return one_page(call, rows, lambda row: _view(call, row))


def get_user(call: Call) -> Reply:
    """GET /users/{id}."""
    row = _found(call)
    if not _is_own(call, row):
        _require(call, "rest_user_cannot_view", "you are not allowed to list users.")
    return Reply(_view(call, row))


def put_user(call: Call) -> Reply:
    """POST, PUT /users/{id}: of everything that may be sent, roles only; they replace all."""
    row = _found(call)
    _require(call, "rest_cannot_edit_roles", "you are not allowed to edit roles of this user.")
    roles = _slugs(call.params.get("roles"))
    for role in roles:
        _check_role(call, row, role)
    if "roles" in call.params:
        set_roles(row, roles)
        call.state.save("customer", row)
    call.params["context"] = "edit"
    return Reply(_view(call, row))


def roles_of(row: Json) -> list[str]:
    """All roles of a user; what WooCommerce shows as `role` is the first."""
    return list(row.get("_roles", [row["role"]]))


def set_roles(row: Json, roles: list[str]) -> None:
    """Give a user these roles, in this order; WooCommerce calls a user without any a customer."""
    row["_roles"] = list(dict.fromkeys(roles))
    row["role"] = row["_roles"][0] if row["_roles"] else "customer"


def add_roles(state: StoreState, roles: list[str]) -> None:
    """Make roles known to the site, as a plugin does."""
    state.set_setting("roles", sorted({*state.setting("roles", []), *roles}))


def _check_role(call: Call, row: Json, role: str) -> None:
    if role not in {*_KNOWN_ROLES, *call.state.setting("roles", [])}:
        raise RestError(400, "rest_user_invalid_role", f"The role {role} does not exist.")
    if _is_own(call, row) and role != "administrator":
        message = "Sorry, you are not allowed to give users that role."
        raise RestError(403, "rest_user_invalid_role", message)


def _require(call: Call, code: str, text: str) -> None:
    if call.user is None or "administrator" not in roles_of(call.user):
        raise RestError(401 if call.user is None else 403, code, f"Sorry, {text}")


def _is_own(call: Call, row: Json) -> bool:
    return call.user is not None and call.user["id"] == row["id"]


def _found(call: Call) -> Json:
    row = call.state.find("customer", call.ids["id"])
    if row is None:
        raise RestError(404, "rest_user_invalid_id", "Invalid user ID.")
    return row


def _sort_key(call: Call, row: Json) -> Any:
    return (row["id"],) if call.params["orderby"] == "id" else (row["username"], row["id"])


def _slugs(value: Any) -> list[str]:
    """Role names as WordPress reads them: a list or a text with commas, turned into slugs."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip().lower().replace(" ", "-") for part in parts if str(part).strip()]


def _view(call: Call, row: Json) -> Json:
    view: Json = {
        "id": row["id"],
        "name": row["username"],
        "url": "",
        "description": "",
        "link": f"{call.root}/author/{row['username']}/",
        "slug": row["username"].lower(),
        "meta": [],
    }
    if call.params["context"] == "edit":
        view |= {
            "username": row["username"],
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "email": row["email"],
            "registered_date": f"{row['date_created_gmt']}+00:00",
            "roles": roles_of(row),
        }
    return view
