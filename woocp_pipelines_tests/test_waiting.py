"""Waiting for something, but not for ever."""

import threading

import pytest

from woocp_pipelines.waiting import TooSlowError, within


def test_what_is_done_in_time_gives_its_result_also_when_that_is_nothing():
    assert within(30, lambda: 7, "seven") == 7
    assert within(30, lambda: None, "nothing") is None


def test_what_fails_raises_its_own_error_in_the_thread_that_waits():
    with pytest.raises(ZeroDivisionError):
        within(30, lambda: 1 // 0, "a division")


def test_what_hangs_holds_nobody_up():
    released = threading.Event()
    with pytest.raises(TooSlowError, match=r"^mail gave no answer within 0\.05 s$"):
        within(0.05, lambda: released.wait(30), "mail")
    released.set()
