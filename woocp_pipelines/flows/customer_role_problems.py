"""What can be wrong with giving users their roles, for people.

Belongs here: the texts. Does not: what a tier has to do with it (rules/customer_push.py).
"""

from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.users import Roles


def not_allowed(message: str) -> Problem:
    """The application password does not open what is needed."""
    return Problem(
        code="ROLES_NOT_ALLOWED",
        field="WOOCP_WP_USER",
        found=message,
        expected="a user who may list users and edit their roles",
        next_step=(
            "make an application password for an administrator (Users > Profile) and set "
            "WOOCP_WP_USER and WOOCP_WP_APP_PASSWORD; check that the host passes the "
            "Authorization header on"
        ),
    )


def cannot_see(roles: Roles | None) -> Problem:
    """A user whose roles are not shown (None), or who has none."""
    if roles is None:
        found, step = "not shown", "check that the user exists and WOOCP_WP_USER may edit it"
    else:
        found, step = "no role at all", "give the user a role in WordPress, or leave it locked out"
    return Problem(
        code="ROLES_UNREADABLE",
        field="roles",
        found=found,
        expected="the roles of the user, which are kept",
        next_step=step,
    )


def refused(after: Roles, error: StoreError) -> Problem:
    """The store did not take these roles."""
    return Problem(
        code=(error.code or "STORE_ERROR")[:40],
        field="roles",
        found=error.message,
        expected=", ".join(after),
        next_step="correct it in WordPress, or give the role there; each run tries again",
        retryable=error.transient,
    )
