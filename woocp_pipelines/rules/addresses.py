"""From a WooCommerce billing or shipping block to Counterpoint's name and address columns.

Belongs here: names, the three address lines, state, country, phone, e-mail, all fitted to their
columns (CP §0.4, §3.2.1, §3.8). Does not: which block is used (order and customer rules), and the
office's address lines (address_lines.py, address_spelling.py).

Customers, ship-to addresses and the contacts printed on documents are all read here, so that one
address has one spelling everywhere. Lines and city are upper-case, names stay as they were given,
since the office's rules are about addresses. What the customer typed stays in the JSON of the
staging rows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from woocp_pipelines.rules.address_lines import fitted_lines, office_lines
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.text import clean, fit, format_phone, read_email, upper_twin

# T_NAM and so on, CP §0.4; what the live catalog says comes in by the `lengths` argument.
LENGTHS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "NAM": 40,
        "FST_NAM": 15,
        "LST_NAM": 25,
        "ADRS_1": 40,
        "ADRS_2": 40,
        "ADRS_3": 40,
        "CITY": 20,
        "STATE": 10,
        "ZIP_COD": 15,
        "PHONE_1": 25,
    }
)
NO_NAME: Final = "Web Customer"
_HOME_COUNTRY: Final = "US"
_ISO_2: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that did not fit its column: kept whole for the log (CP §3.8)."""

    column: str
    original: str


@dataclass(frozen=True, slots=True)
class Address:
    """Columns that AR_CUST, AR_SHIP_ADRS and PS_DOC_CONTACT share; None where nothing was given.

    `NAM_TYP` is 'B' for a business, 'P' for a person. `CONTCT_1` is the person behind a business.
    """

    NAM: str
    NAM_TYP: Literal["B", "P"]
    FST_NAM: str | None = None
    LST_NAM: str | None = None
    CONTCT_1: str | None = None
    ADRS_1: str | None = None
    ADRS_2: str | None = None
    ADRS_3: str | None = None
    CITY: str | None = None
    STATE: str | None = None
    ZIP_COD: str | None = None
    CNTRY: str | None = None
    PHONE_1: str | None = None
    EMAIL_ADRS_1: str | None = None
    cuts: tuple[Cut, ...] = ()

    @property
    def has_street(self) -> bool:
        """False when there is no address to send anything to."""
        return self.ADRS_1 is not None

    def columns(self) -> dict[str, str | None]:
        """Name and address columns that customers, ship-to addresses and contacts share."""
        return {
            "NAM": self.NAM,
            "FST_NAM": self.FST_NAM,
            "LST_NAM": self.LST_NAM,
            "ADRS_1": self.ADRS_1,
            "ADRS_2": self.ADRS_2,
            "ADRS_3": self.ADRS_3,
            "CITY": self.CITY,
            "STATE": self.STATE,
            "ZIP_COD": self.ZIP_COD,
            "CNTRY": self.CNTRY,
            "PHONE_1": self.PHONE_1,
            "EMAIL_ADRS_1": self.EMAIL_ADRS_1,
        }

    def upper_names(self) -> dict[str, str | None]:
        """The upper-case twins of the names: Counterpoint does not fill them itself (CP §1.1)."""
        return {
            "NAM_UPR": upper_twin(self.NAM),
            "FST_NAM_UPR": self.FST_NAM and upper_twin(self.FST_NAM),
            "LST_NAM_UPR": self.LST_NAM and upper_twin(self.LST_NAM),
        }


def read_address(
    woo: Mapping[str, Any],
    *,
    fallback_email: str | None = None,
    lengths: Mapping[str, int] = LENGTHS,
) -> Address:
    """Read one `billing` or `shipping` object of an order or a customer.

    Args:
        woo: the object as WooCommerce sent it; missing keys count as empty.
        fallback_email: used when the object has no valid address of its own (shipping has none).
        lengths: characters per column, from the live catalog where it is known.

    Raises:
        RefusedError: NOT_A_TEXT or BAD_COUNTRY.
    """
    sizes = {**LENGTHS, **lengths}
    columns = _columns(woo, sizes)
    texts = {name: fit(value, sizes[name]).value or None for name, value in columns.items()}
    cuts = tuple(Cut(name, value) for name, value in columns.items() if len(value) > sizes[name])
    given_phone = read_text(woo, "phone")
    phone = format_phone(given_phone, sizes["PHONE_1"])
    if len(given_phone) > sizes["PHONE_1"] and given_phone.startswith(phone):
        cuts += (Cut("PHONE_1", given_phone),)
    if columns["LST_NAM"]:
        texts["LST_NAM"] = shorten_last_name(columns["LST_NAM"], sizes["LST_NAM"])
    company, person = read_text(woo, "company"), _person(woo)
    return Address(
        NAM=texts.pop("NAM") or NO_NAME,
        NAM_TYP="B" if company else "P",
        CONTCT_1=fit(person, sizes["NAM"]).value or None if company else None,
        CNTRY=_country(woo, given=any(columns[name] for name in ("ADRS_1", "CITY", "ZIP_COD"))),
        PHONE_1=phone or None,
        EMAIL_ADRS_1=read_email(read_text(woo, "email")) or read_email(fallback_email),
        cuts=cuts,
        **texts,
    )


def read_text(woo: Mapping[str, Any], field: str) -> str:
    """One cleaned text of a block; '' when it is missing or null.

    Raises:
        RefusedError: NOT_A_TEXT.
    """
    value = woo.get(field)
    if value is not None and not isinstance(value, str):
        raise RefusedError(
            Problem(
                code="NOT_A_TEXT",
                field=field,
                found=repr(value),
                expected="a text, as WooCommerce sends it",
                next_step="look for a plugin of the shop that changes its REST answers; "
                "then replay",
            )
        )
    return clean(value)


def shorten_last_name(name: str, length: int) -> str:
    """A hyphenated last name that is too long loses letters of its longest part (CP §3.2.1).

    So both parts survive; any other name is cut at its end.
    """
    parts = name.split("-")
    if len(name) <= length or 2 * len(parts) > length:
        return name[:length].rstrip()
    while sum(map(len, parts)) + len(parts) - 1 > length:
        longest = max(range(len(parts)), key=lambda index: len(parts[index]))
        parts[longest] = parts[longest][:-1]
    return "-".join(part.strip() for part in parts)


def _person(woo: Mapping[str, Any]) -> str:
    return f"{read_text(woo, 'first_name')} {read_text(woo, 'last_name')}".strip()


def _columns(woo: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, str]:
    lines = _lines(woo, sizes["ADRS_1"])
    return {
        "NAM": read_text(woo, "company") or _person(woo),
        "FST_NAM": read_text(woo, "first_name"),
        "LST_NAM": read_text(woo, "last_name"),
        "ADRS_1": lines[0],
        "ADRS_2": lines[1],
        "ADRS_3": lines[2],
        "CITY": upper_twin(read_text(woo, "city")),
        "STATE": upper_twin(read_text(woo, "state")),
        "ZIP_COD": upper_twin(read_text(woo, "postcode")),
    }


def _lines(woo: Mapping[str, Any], width: int) -> tuple[str, str, str]:
    """The office's words are American: lines of another country are only written in capitals."""
    lines = [read_text(woo, "address_1"), read_text(woo, "address_2")]
    if read_text(woo, "country").upper() in {"", _HOME_COUNTRY}:
        return office_lines(lines, width)
    return fitted_lines([upper_twin(line) for line in lines], width)


def _country(woo: Mapping[str, Any], *, given: bool) -> str | None:
    """ISO-2; the home country when an address names none (CP §3.2.1), None without an address."""
    country = read_text(woo, "country").upper()
    if not country:
        return _HOME_COUNTRY if given else None
    if not _ISO_2.fullmatch(country):
        # Two letters of a country's name would be another country's code (CP §6.6 bug 44).
        raise RefusedError(
            Problem(
                code="BAD_COUNTRY",
                field="country",
                found=repr(country),
                expected="an ISO country code of two letters",
                next_step="choose the country again in the shop's address; then replay",
            )
        )
    return country
