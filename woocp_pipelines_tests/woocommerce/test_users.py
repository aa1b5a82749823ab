"""Roles over /wp/v2/users: reading in few requests, writing exactly the roles and nothing else."""

import pytest

from woocp_pipelines.sandbox.store import add_application_password
from woocp_pipelines.sandbox.store.users import add_roles
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    NotFound,
    Refused,
    StoreUnavailable,
    UnexpectedAnswer,
)
from woocp_pipelines.woocommerce.users import (
    as_wordpress_user,
    read_users,
    read_users_having,
    write_roles,
)

PASSWORD = "abcd EFGH 1234 ijkl"


def person(user_id, *roles):
    email = f"user{user_id}@x.test"
    first = {"role": roles[0], "_roles": list(roles)}
    return {"id": user_id, "email": email, **first, "billing": {}, "shipping": {}}


@pytest.fixture
def boss(shop, state):
    state.add_customer(person(1, "administrator"))
    add_roles(state, ["gold", "silver"])
    add_application_password(state, "user1", PASSWORD)
    with as_wordpress_user(shop, "user1", PASSWORD) as client:
        yield client


def test_everybody_with_one_of_the_roles_is_read_in_one_request(boss, state, server):
    state.add_customer(person(5, "customer", "gold"))
    state.add_customer(person(6, "silver"))
    state.add_customer(person(7, "customer"))
    server.requests.clear()
    assert read_users_having(boss, {"gold", "silver"}) == {5: ("customer", "gold"), 6: ("silver",)}
    assert len(server.requests.rows()) == 1


def test_users_are_read_a_hundred_at_a_time_and_those_gone_are_missing(boss, state, server):
    for user_id in range(100, 350):
        state.add_customer(person(user_id, "gold"))
    server.requests.clear()
    found = read_users(boss, [*range(100, 350), 9999])
    assert found.keys() == set(range(100, 350))
    assert len(server.requests.rows()) == 3


def test_nothing_but_roles_is_sent(store, reply):
    store.replies(reply({"id": 5, "roles": ["gold"]}))
    with StoreClient(store.url, "boss", "secret", as_user=True) as client:
        assert write_roles(client, 5, ["gold"]) == ("gold",)
    (seen,) = store.seen
    assert (seen.method, seen.path, seen.body) == (
        "POST",
        "/wp-json/wp/v2/users/5",
        {"roles": ["gold"]},
    )
    assert seen.headers["Authorization"].startswith("Basic ")


def test_roles_are_replaced(boss, state):
    state.add_customer(person(5, "customer", "silver"))
    assert write_roles(boss, 5, ("gold", "customer")) == ("gold", "customer")


def test_a_role_that_the_site_does_not_have_is_named(boss, state):
    state.add_customer(person(5, "customer"))
    with pytest.raises(Refused, match="bronze") as error:
        write_roles(boss, 5, ["bronze"])
    assert error.value.code == "rest_user_invalid_role"


def test_an_unknown_user_and_ones_own_roles_are_refused(boss):
    with pytest.raises(NotFound):
        write_roles(boss, 99, ["gold"])
    with pytest.raises(AuthenticationFailed):
        write_roles(boss, 1, ["gold", "administrator"])


def test_nobody_is_left_without_a_role(boss):
    with pytest.raises(ValueError, match="needs a role"):
        write_roles(boss, 5, [])


@pytest.mark.parametrize("roles", [["silver"], None, "gold", [1]])
def test_an_answer_with_other_roles_is_no_success(store, client, reply, roles):
    store.replies(reply({"id": 5, "roles": roles}))
    with pytest.raises(UnexpectedAnswer):
        write_roles(client, 5, ["gold"])


def test_a_list_without_roles_is_not_taken_for_users_without_any(store, client, reply):
    store.replies(reply([{"id": 5}], headers={"X-WP-Total": "1"}))
    with pytest.raises(UnexpectedAnswer, match="user 5"):
        read_users(client, [5])


def test_a_wrong_password_is_refused_and_never_shown(shop, boss):
    with (
        as_wordpress_user(shop, "user1", "wrong pass word") as other,
        pytest.raises(AuthenticationFailed) as error,
    ):
        read_users(other, [1])
    assert error.value.code == "incorrect_password"
    assert "wrongpassword" not in f"{error.value!r} {error.value} {other!r}"


def test_a_password_that_a_page_repeats_is_blanked(store, reply):
    store.replies(reply("<html>abcdEFGH1234ijkl", status=403))
    with StoreClient(store.url, "boss", "secret") as plain:
        client = as_wordpress_user(plain, "boss", PASSWORD)
        with client, pytest.raises(Exception, match=r"\*\*\*"):
            read_users(client, [5])


def test_the_users_client_keeps_the_habits_of_the_stores(store, reply, pauses):
    store.default = lambda seen: reply(status=503)
    with StoreClient(
        store.url, "k", "s", user_agent="honest", attempts=2, sleep=pauses.append
    ) as plain:
        client = as_wordpress_user(plain, "boss", PASSWORD)
        with client, pytest.raises(StoreUnavailable):
            read_users(client, [5])
    assert len(store.seen) == 2
    assert len(pauses) == 1
    assert {seen.headers["User-Agent"] for seen in store.seen} == {"honest"}


@pytest.mark.parametrize(("user", "password"), [("", "x"), ("a:b", "x"), ("é", "x"), ("a", " ")])
def test_a_login_that_cannot_be_sent_is_refused_unseen(client, user, password):
    with pytest.raises(ValueError, match="WordPress") as error:
        as_wordpress_user(client, user, password)
    assert "a:b" not in str(error.value)
