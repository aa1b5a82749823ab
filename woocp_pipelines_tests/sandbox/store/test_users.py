"""/wp/v2/users of the sandbox: logins, rights, roles, as WordPress's reference describes them."""

import pytest
import requests

from woocp_pipelines.sandbox.store import add_application_password
from woocp_pipelines.sandbox.store.users import add_roles

ADMIN = ("boss", "abcd EFGH 1234")


def person(user_id, name, role="customer", *more):
    return {
        "id": user_id,
        "username": name,
        "email": f"{name}@x.test",
        "role": role,
        "_roles": [role, *more],
        "billing": {},
        "shipping": {},
    }


@pytest.fixture
def users(shop):
    shop.state.add_customer(person(1, "boss", "administrator"))
    shop.state.add_customer(person(2, "mabel", "shop_manager"))
    shop.state.add_customer(person(5, "ann", "customer", "gold"))
    add_application_password(shop.state, *ADMIN)
    add_application_password(shop.state, "mabel", "mabels")
    add_roles(shop.state, ["gold", "silver"])

    def ask(method, path="", auth=ADMIN, **arguments):
        return requests.request(
            method,
            f"{shop.server.url}/wp-json/wp/v2/users{path}",
            auth=auth,
            timeout=10,
            **arguments,
        )

    ask.shop = shop
    return ask


def edit(**query):
    return {"params": {"context": "edit", "_fields": "id,roles", **query}}


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_roles_are_listed_by_id_and_by_role(users):
    everybody = users("GET", **edit(orderby="id"))
    assert [row["id"] for row in everybody.json()] == [1, 2, 5]
    assert everybody.headers["X-WP-Total"] == "3"
    assert users("GET", **edit(roles="gold,silver")).json() == [
        {"id": 5, "roles": ["customer", "gold"]}
    ]
    assert [row["id"] for row in users("GET", **edit(include="2,99")).json()] == [2]


def test_a_password_passes_with_blanks_or_without(users):
    assert users("GET", "/5", auth=("boss", "abcdEFGH1234"), **edit()).status_code == 200
    assert users("GET", "/5", auth=("boss@x.test", ADMIN[1]), **edit()).status_code == 200


@pytest.mark.parametrize(
    ("auth", "path", "query", "said"),
    [
        (("nobody", "x"), "", {}, (401, "invalid_username")),
        (("boss", "wrong"), "", {}, (401, "incorrect_password")),
        (("ann", ""), "", {}, (401, "incorrect_password")),
        (None, "", {}, (401, "rest_forbidden_context")),
        (("mabel", "mabels"), "", {}, (403, "rest_forbidden_context")),
        (("mabel", "mabels"), "", {"roles": "gold"}, (403, "rest_user_cannot_view")),
        (("mabel", "mabels"), "/5", {}, (403, "rest_user_cannot_view")),
        (ADMIN, "/99", {}, (404, "rest_user_invalid_id")),
        (ADMIN, "", {"context": "all"}, (400, "rest_invalid_param")),
        (ADMIN, "", {"orderby": "modified"}, (400, "rest_invalid_param")),
    ],
)
def test_who_may_not_read_is_told_so(users, auth, path, query, said):
    assert refused(users("GET", path, auth=auth, **edit(**query))) == said


@pytest.mark.parametrize(
    ("auth", "path", "roles", "said"),
    [
        (None, "/5", ["gold"], (401, "rest_cannot_edit_roles")),
        (("mabel", "mabels"), "/5", ["gold"], (403, "rest_cannot_edit_roles")),
        (ADMIN, "/99", ["gold"], (404, "rest_user_invalid_id")),
        (ADMIN, "/5", ["bronze"], (400, "rest_user_invalid_role")),
        (ADMIN, "/1", ["gold", "administrator"], (403, "rest_user_invalid_role")),
    ],
)
def test_who_may_not_give_a_role_is_told_so_and_nothing_changes(users, auth, path, roles, said):
    assert refused(users("POST", path, auth=auth, json={"roles": roles})) == said
    assert users("GET", "/5", **edit()).json()["roles"] == ["customer", "gold"]


def test_roles_are_replaced_in_the_order_sent_and_the_first_is_what_woocommerce_shows(users):
    answer = users("POST", "/5", json={"roles": ["Silver", "customer"]})
    assert answer.json()["roles"] == ["silver", "customer"]
    shown = users.shop.read("/customers/5")
    assert (shown["role"], "_roles" in shown) == ("silver", False)
    assert [row["id"] for row in users.shop.read("/customers", role="customer")] == [5]


def test_a_strangers_list_is_empty_and_a_consumer_key_opens_nothing_here(users):
    assert users("GET", auth=None).json() == []
    key = ("ck_rw", "cs_rw")
    assert refused(users("GET", auth=key, **edit())) == (401, "invalid_username")


def test_a_change_by_key_leaves_one_row_of_several(users):
    record = users.shop.state.find("customer", 5)
    record["meta_data"] = [{"id": 1, "key": "a", "value": "1"}, {"id": 2, "key": "a", "value": "2"}]
    users.shop.state.save("customer", record)
    body = {"meta_data": [{"key": "a", "value": "3"}]}
    assert users.shop.send("PUT", "/customers/5", body)["meta_data"] == [
        {"id": 1, "key": "a", "value": "3"}
    ]
