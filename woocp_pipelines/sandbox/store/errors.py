"""REST errors as WordPress sends them: status, code, message, data.

Belongs here: the exception that handlers raise and the errors that several resources share.
Does not: faults on purpose (`faults.py`), login errors (`auth.py`).
"""

from typing import Any, Final

Json = dict[str, Any]

BATCH_LIMIT: Final = 100


class RestError(Exception):
    """One error answer. `data` replaces `{"status": status}`, or adds to it when it is a dict."""

    def __init__(
        self, status: int, code: str, message: str, data: Json | int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: dict[str, str] = {}
        self.data: Json | int = (
            data if isinstance(data, int) else {"status": status, **(data or {})}
        )

    def body(self) -> Json:
        """The JSON body of the answer."""
        return {"code": self.code, "message": self.message, "data": self.data}


def no_route() -> RestError:
    """Unknown path or method: 404 rest_no_route."""
    return RestError(
        404, "rest_no_route", "No route was found matching the URL and request method."
    )


def missing_params(names: list[str]) -> RestError:
    """Required parameters that were not sent."""
    message = f"Missing parameter(s): {', '.join(names)}"
    return RestError(400, "rest_missing_callback_param", message, {"params": names})


def invalid_params(details: dict[str, Json]) -> RestError:
    """Parameters that failed their check: name to {code, message, data}."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(details)}",
        {
            "params": {name: detail["message"] for name, detail in details.items()},
            "details": details,
        },
    )


def trash_not_supported(what: str) -> RestError:
    """DELETE without force=true of something that has no trash (WC §4)."""
    return RestError(
        501, "woocommerce_rest_trash_not_supported", f"{what} do not support trashing."
    )


def too_many_items() -> RestError:
    """A batch of more than 100 items: nothing of it is applied (WC §3.3)."""
    message = f"Unable to accept more than {BATCH_LIMIT} items for this request."
    return RestError(413, "woocommerce_rest_request_entity_too_large", message)
