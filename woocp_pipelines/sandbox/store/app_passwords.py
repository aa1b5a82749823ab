"""WordPress's own login over REST: application passwords, by HTTP Basic.

Belongs here: who such a password belongs to, and what WordPress says when it is wrong. Does not:
consumer keys (auth.py). WordPress takes them over https, and over http on a site whose
environment is "local", which the sandbox is.
"""

import hmac
import re
from hashlib import sha256

from woocp_pipelines.sandbox.store.auth import basic_login
from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.state import StoreState

_SETTING = "application_passwords"


def add_application_password(state: StoreState, username: str, password: str) -> None:
    """Let a user log in with this password; blanks in it do not count."""
    known = state.setting(_SETTING, {})
    state.set_setting(_SETTING, {**known, username: _digest(password)})


def logged_in(state: StoreState, authorization: str) -> Json | None:
    """The user behind an Authorization header; None for a stranger.

    Raises:
        RestError: 401 for an unknown user or a wrong password.
    """
    name, password = basic_login(authorization)
    if not name:
        return None
    user = next(
        (row for row in state.rows("customer") if name in {row["username"], row["email"]}), None
    )
    if user is None:
        message = "Unknown username. Check again or try your email address."
        raise RestError(401, "invalid_username", message)
    expected = state.setting(_SETTING, {}).get(user["username"], "")
    if not hmac.compare_digest(expected, _digest(password)):
        message = "The provided password is an invalid application password."
        raise RestError(401, "incorrect_password", message)
    return user


def _digest(password: str) -> str:
    return sha256(re.sub(r"[^a-z\d]", "", password, flags=re.IGNORECASE).encode()).hexdigest()
