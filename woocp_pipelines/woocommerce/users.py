"""Roles of the store's users, over WordPress's own users end point.

Belongs here: reading and writing roles. Does not: which role a customer should have
(rules/customer_push.py). WooCommerce's customers have one `role`, the first, and it is read-only
(CP §3.2.2); only an application password of an administrator opens this end point.

Source: the reference of /wp/v2/users. A write replaces all roles by those sent, in their order;
names are turned into slugs. With context=edit, users whom the caller may not edit are left out
of lists without a word.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, Call, UnexpectedAnswer
from woocp_pipelines.woocommerce.listing import LARGEST_PAGE, read_by_id
from woocp_pipelines.woocommerce.records import JsonObject, read_id, read_object

_USERS: Final = "/wp-json/wp/v2/users"
_LISTED: Final = {"context": "edit", "_fields": "id,roles"}

Roles = tuple[str, ...]


def as_wordpress_user(store: StoreClient, user: str, app_password: str) -> StoreClient:
    """A client of the same store that acts as a WordPress user; the caller closes it.

    WordPress shows application passwords in groups and takes them with blanks or without.

    Raises:
        ValueError: user or password cannot be sent.
    """
    return store.acting_as(user, "".join(app_password.split()))


def refusal_to_list(client: StoreClient) -> str | None:
    """Why this WordPress user may not see the roles of users, in the store's words; None: may.

    Raises:
        StoreError: any other failure.
    """
    try:
        client.get(_USERS, {**_LISTED, "per_page": 1})
    except AuthenticationFailed as error:
        return error.reason
    return None


def read_users_having(client: StoreClient, roles: Collection[str]) -> dict[int, Roles]:
    """All roles of every user who has one of these.

    Raises:
        AuthenticationFailed: the application password is wrong or its user may not list users.
        StoreError: the list could not be read to its end.
    """
    return dict(_read(client, {**_LISTED, "roles": sorted(roles)}))


def read_users(client: StoreClient, user_ids: Sequence[int]) -> dict[int, Roles]:
    """All roles of these users; those that are gone or may not be edited are missing.

    Raises:
        AuthenticationFailed, StoreError: as for `read_users_having`.
    """
    found: dict[int, Roles] = {}
    # Longer lists overflow the headers of the answer (WC §3.11).
    for start in range(0, len(user_ids), LARGEST_PAGE):
        include = user_ids[start : start + LARGEST_PAGE]
        found.update(_read(client, {**_LISTED, "include": include}))
    return found


def write_roles(client: StoreClient, user_id: int, roles: Sequence[str]) -> Roles:
    """Give a user exactly these roles; returns what the store then shows. Nothing else is sent.

    Raises:
        ValueError: no role at all, which would lock the user out.
        Refused: rest_user_invalid_role: the site has no such role; the message names it.
        AuthenticationFailed: this user's roles may not be edited.
        UnexpectedAnswer: the store shows other roles than those sent.
    """
    if not roles:
        raise ValueError(f"user {user_id}: a user needs a role")
    call = Call("POST", f"{_USERS}/{user_id}")
    answer = client.post(call.path, {"roles": list(roles)}, repeatable=True)
    stored = _roles_of(read_object(answer.data, call), call)
    if set(stored) != set(roles):
        raise UnexpectedAnswer(
            call, f"sent the roles {', '.join(roles)}; the store shows {', '.join(stored)}."
        )
    return stored


def _read(
    client: StoreClient, params: Mapping[str, str | Sequence[str | int]]
) -> Iterator[tuple[int, Roles]]:
    call = Call("GET", _USERS)
    for page in read_by_id(client, _USERS, params):
        for record in page:
            yield read_id(record, call), _roles_of(record, call)


def _roles_of(record: JsonObject, call: Call) -> Roles:
    roles = record.get("roles")
    if isinstance(roles, list) and all(isinstance(role, str) for role in roles):
        return tuple(roles)
    # A user without roles is an empty list; no list at all is somebody else's answer.
    raise UnexpectedAnswer(call, f"user {record.get('id')}: expected a list of roles.")
