"""When price groups begin and end (CP §1.17)."""

from datetime import datetime

import pytest

from woocp_pipelines.counterpoint.prices.validity import read_validity

NONE = (None, None, None, None)


def local(*parts):
    return datetime(*parts)


DAY = local(2026, 11, 22)


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        (NONE, None),
        ((DAY, "Y", DAY, 0), None),
        ((DAY, "N", None, 0), DAY),
        ((DAY, None, None, None), DAY),
        ((DAY, "N", None, 9), local(2026, 11, 22, 9)),
        ((DAY, "N", local(2026, 11, 22, 9), 9), local(2026, 11, 22, 9)),
        ((None, "N", local(2026, 11, 22, 9), None), local(2026, 11, 22, 9)),
    ],
)
def test_a_group_begins_with_its_date_and_hour(begin, expected):
    assert read_validity(begin, NONE).begins == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (NONE, None),
        ((DAY, "Y", DAY, 0), None),
        ((DAY, "N", None, 0), local(2026, 11, 23)),
        ((DAY, "N", local(2026, 11, 22, 23, 59, 59), 0), local(2026, 11, 23)),
        ((DAY, "N", local(2026, 11, 22, 23, 59, 59, 997000), 0), local(2026, 11, 23)),
        ((DAY, "N", None, 14), local(2026, 11, 22, 14, 0, 1)),
    ],
)
def test_a_group_ends_after_its_last_second(end, expected):
    assert read_validity(NONE, end).ends == expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((DAY, "N", None, 24), "END_TIM_FLG 24 is no hour"),
        ((DAY, "N", local(2026, 11, 23), 0), "END_DAT 2026-11-22 and END_DT 2026-11-23 disagree"),
    ],
)
def test_dates_that_contradict_each_other_are_a_problem_not_a_guess(values, reason):
    assert read_validity(NONE, values).problem == reason
