"""Remembered answers: the same as fresh ones, and forgotten when they may be wrong."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.counterpoint.prices.engine import contract_price, price_item
from woocp_pipelines.counterpoint.prices.errors import UndecidableError, UnknownItemError
from woocp_pipelines.counterpoint.prices.facts import Validity
from woocp_pipelines.counterpoint.prices.memo import AnswerMemo


def asked(make, memo, book, **more):
    question = {
        "customer": "10001",
        "item_no": "01-10100",
        "quantity": Decimal(1),
        "at": make.now,
    }
    return memo.price_item(book, **question | more)


def by_code(make, memo, book, **more):
    question = {"group_code": "144319", "item_no": "01-10100", "quantity": Decimal(1)}
    return memo.contract_price(book, at=make.now, **question | more)


def counted(memo):
    return memo.hits, memo.misses, len(memo)


def test_the_second_time_the_same_record_is_given(make):
    memo, book = AnswerMemo(), make.book(make.group())
    assert asked(make, memo, book) is asked(make, memo, book)
    assert by_code(make, memo, book) is by_code(make, memo, book)
    assert counted(memo) == (2, 2, 2)


def test_an_answer_cannot_be_changed_by_who_got_it(make):
    answer = asked(make, AnswerMemo(), make.book(make.group()))
    with pytest.raises(AttributeError):
        answer.quantity = Decimal(99)


def test_that_a_contract_gives_no_price_is_remembered(make):
    memo, book = AnswerMemo(), make.book()
    assert (by_code(make, memo, book), by_code(make, memo, book)) == (None, None)
    assert counted(memo) == (1, 1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"customer": None},
        {"customer": "10002"},
        {"quantity": Decimal(2)},
        {"quantity": Decimal("1.0")},
        {"unit": "1"},
        {"location": "02"},
        {"open_contracts": True},
    ],
)
def test_whatever_was_asked_differently_is_answered_afresh(make, other):
    memo = AnswerMemo()
    customers = [make.customer(), make.customer("10002")]
    book = make.book(make.group(), items=[make.item(unit=("1", "1"))], customers=customers)
    asked(make, memo, book)
    answer = asked(make, memo, book, **other)
    assert counted(memo)[:2] == (0, 2)
    if "quantity" in other:
        assert str(answer.quantity) == str(other["quantity"])


def test_a_customers_price_is_never_given_to_a_contract_of_that_code(make):
    memo, book = AnswerMemo(), make.book(make.group(code="10001"))
    asked(make, memo, book, customer="10001")
    by_code(make, memo, book, group_code="10001")
    assert counted(memo)[:2] == (0, 2)


def test_another_book_empties_it(make):
    memo = AnswerMemo()
    asked(make, memo, make.book(make.group()))
    answer = asked(make, memo, make.book(make.group(make.rule(1, make.price_break(amount="50")))))
    assert (answer.amount, counted(memo)) == (50, (0, 2, 1))


def test_the_beginning_and_the_end_of_a_group_empty_it(make):
    memo = AnswerMemo()
    # Store time: the 22nd from 13:00 to 14:00, an hour after `make.now`.
    validity = Validity(datetime(2026, 11, 22, 13), datetime(2026, 11, 22, 14))
    book = make.book(make.group(validity=validity))
    second = timedelta(seconds=1)
    begins = datetime(2026, 11, 22, 18, tzinfo=UTC)
    moments = (begins - second, begins, begins + 3599 * second, begins + 3600 * second)
    types = [asked(make, memo, book, at=at).group_type for at in moments]
    assert types == [None, "C", "C", None]
    assert counted(memo)[:2] == (1, 3)


def test_the_hour_that_comes_twice_is_asked_twice(make):
    memo = AnswerMemo()
    # 2026-11-01: 01:30 comes at 05:30 and at 06:30 UTC; between them the clock shows 01:00 again.
    book = make.book(make.group(validity=Validity(datetime(2026, 11, 1, 1, 30))))
    moments = [(5, 29), (5, 30), (6, 0), (6, 29), (6, 30)]
    types = [
        asked(make, memo, book, at=datetime(2026, 11, 1, *moment, tzinfo=UTC)).group_type
        for moment in moments
    ]
    assert types == [None, "C", None, None, "C"]


def test_a_moment_may_be_given_in_any_zone_but_not_without_one(make):
    memo, book = AnswerMemo(), make.book(make.group())
    local = make.now.astimezone(timezone(timedelta(hours=-5)))
    assert asked(make, memo, book) is asked(make, memo, book, at=local)
    with pytest.raises(ValueError, match="aware"):
        asked(make, memo, book, at=make.now.replace(tzinfo=None))


def test_errors_are_not_remembered_and_come_each_time(make):
    memo, book = AnswerMemo(), make.book(make.group(make.rule(1, is_custom=True)))
    for _ in range(2):
        with pytest.raises(UndecidableError):
            asked(make, memo, book)
        with pytest.raises(UnknownItemError):
            asked(make, memo, book, item_no="NOPE")
        with pytest.raises(ValueError, match="above 0"):
            asked(make, memo, book, quantity=Decimal("sNaN"))
    assert counted(memo) == (0, 6, 0)


def test_it_is_bounded_and_keeps_what_is_in_use(make):
    memo, book = AnswerMemo(most=10), make.book(make.group())
    for quantity in range(1, 100):
        asked(make, memo, book)
        asked(make, memo, book, quantity=Decimal(quantity))
    assert len(memo) <= 10
    assert memo.hits == 99


def test_threads_that_ask_two_books_at_two_moments_each_get_their_own_prices(make):
    memo = AnswerMemo(most=4)
    ends = Validity(ends=datetime(2026, 11, 22, 13))
    books = [
        make.book(make.group(make.rule(1, make.price_break(amount=amount)), validity=ends))
        for amount in ("10", "50")
    ]
    moments = [make.now, make.now + timedelta(hours=2)]
    cases = [(book, at, Decimal(n)) for book in books for at in moments for n in range(1, 4)]
    expected = [repr(asked(make, AnswerMemo(), b, at=at, quantity=n)) for b, at, n in cases]

    def ask_all(start):
        found = {}
        for turn in range(40 * len(cases)):
            place = (start + turn) % len(cases)
            book, at, quantity = cases[place]
            found.setdefault(place, set()).add(
                repr(asked(make, memo, book, at=at, quantity=quantity))
            )
        return found

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(ask_all, (0, 3, 6, 9)):
            assert found == {place: {text} for place, text in enumerate(expected)}


MOMENTS = st.datetimes(
    datetime(2026, 10, 31), datetime(2026, 11, 3), timezones=st.just(UTC)
)  # around the end of summer time
HOURS = st.datetimes(datetime(2026, 10, 31), datetime(2026, 11, 3)) | st.none()


@given(
    st.lists(st.tuples(HOURS, HOURS), min_size=1, max_size=3),
    st.lists(
        st.tuples(MOMENTS, st.sampled_from(["1", "1.0", "12"]), st.sampled_from([None, "10001"])),
        min_size=1,
        max_size=20,
    ),
)
def test_a_remembered_answer_equals_a_fresh_one(make, validities, questions):
    groups = [
        make.group(code=f"G{n}", sequence=n, kind="S", customer_no=None, validity=Validity(*ends))
        for n, ends in enumerate(validities)
    ]
    book, memo = make.book(*groups, make.group(sequence=1)), AnswerMemo(most=8)
    for at, quantity, customer in questions * 2:
        asked = {"item_no": "01-10100", "quantity": Decimal(quantity), "at": at}
        fresh = price_item(book, customer=customer, **asked)
        assert repr(memo.price_item(book, customer=customer, **asked)) == repr(fresh)
        by_code = contract_price(book, group_code="144319", **asked)
        assert repr(memo.contract_price(book, group_code="144319", **asked)) == repr(by_code)
