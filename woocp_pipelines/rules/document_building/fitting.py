"""Whether the texts of built rows fit the live columns: prose is cut, nothing else ever is.

Belongs here: the one list of columns that hold prose (design §3, CP §3.8). Not on it are codes,
numbers, REF and e-mail addresses: cut, they would name another thing, so they are refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.text import clean_multiline

Row = dict[str, Any]
_PROSE: Final = frozenset(
    {
        "ADRS_1",
        "ADRS_2",
        "ADRS_3",
        "CITY",
        "CONTCT_1",
        "DESCR",
        "FST_NAM",
        "LOG_ENTRY",
        "LST_NAM",
        "NAM",
        "NAM_UPR",
        "NOTE",
        "NOTE_TXT",
        "PHONE_1",
        "PRC_BRK_DESCR",
        "PRC_JUST_STR",
        "PROMPT_TXT",
        "PROMPT_VAL",
    }
)
# What varchar holds at the retailer (CP §0.4); what it cannot hold would be stored as '?'.
_CODE_PAGE: Final = "cp1252"


def fit_rows(
    rows: Mapping[str, Sequence[Row]], lengths: Mapping[tuple[str, str], int]
) -> dict[str, list[Row]]:
    """The rows by table, every text of them as its column holds it.

    Args:
        rows: as they were built; rows that fit are given back as they are.
        lengths: characters by (table, column); a column that is not there takes any length.

    Raises:
        RefusedError: TOO_LONG or CODE_PAGE, once for every column that cannot hold its value.
    """
    problems: dict[tuple[str, str], Problem] = {}
    fitted = {
        table: [_fit_row(table, row, lengths, problems) for row in each]
        for table, each in rows.items()
    }
    if problems:
        raise RefusedError(*problems.values())
    return fitted


def _fit_row(
    table: str,
    row: Row,
    lengths: Mapping[tuple[str, str], int],
    problems: dict[tuple[str, str], Problem],
) -> Row:
    changed: Row = {}
    for column, value in row.items():
        if not isinstance(value, str):
            continue
        length = lengths.get((table, column), len(value))
        if len(value) <= length and (value.isascii() or _is_one_byte(value)):
            continue
        if column in _PROSE:
            changed[column] = _cut(value, length)
        else:
            problems.setdefault((table, column), _problem(table, column, value, length))
    return {**row, **changed} if changed else row


def _is_one_byte(value: str) -> bool:
    try:
        value.encode(_CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return True


def _cut(value: str, length: int) -> str:
    text = value if _is_one_byte(value) else clean_multiline(value)
    return text[:length].rstrip()


def _problem(table: str, column: str, value: str, length: int) -> Problem:
    if len(value) <= length:
        return Problem(
            code="CODE_PAGE",
            field=f"{table}.{column}",
            found=repr(value),
            expected="characters of Windows code page 1252, which Counterpoint's text columns hold",
            next_step="correct the code in Counterpoint or in woocp.toml; then replay",
        )
    return Problem(
        code="TOO_LONG",
        field=f"{table}.{column}",
        found=f"{value!r}, {len(value)} characters",
        expected=f"at most {length}; codes, numbers and addresses of mail are never cut",
        next_step="shorten the value where it comes from (the shop, woocp.toml or Counterpoint); "
        "then replay",
    )
