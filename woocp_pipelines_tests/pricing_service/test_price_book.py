"""The life of the price book: refreshed, kept, refused when too old; and what health says of it."""

import dataclasses
import os
import threading
from datetime import timedelta

import pytest

from pricing_service import create_app
from pricing_service.database import CounterpointSource
from pricing_service.price_book import BookKeeper, NoUsableBookError
from pricing_service.saved_book import FILE_NAME, SavedBook

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


def test_a_refresh_brings_new_prices(call, counterpoint, config):
    counterpoint.set_amount("144319", "50")
    assert call.post(**ASKED).json()["contract_price"] == 21.0955
    assert config.keeper.refresh()
    assert call.post(**ASKED).json()["contract_price"] == 20.8845


def test_health_is_ok_while_counterpoint_answers(call):
    answer = call.get("/api/health")
    shown = answer.json()
    assert answer.status_code == 200
    assert (shown["status"], shown["database"]) == ("ok", "connected")
    assert shown["timestamp"] == shown["price_book_read_at"] == "2026-11-22T17:00:00+00:00"
    assert shown["query_latency_ms"] >= 0


def test_without_counterpoint_the_last_book_answers_and_health_says_degraded(
    call, counterpoint, config
):
    counterpoint.go_away()
    assert not config.keeper.refresh()
    assert call.post(**ASKED).status_code == 200
    answer = call.get("/api/health")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["database"]) == ("degraded", "disconnected")
    assert answer.json()["query_latency_ms"] is None
    assert call.get("/api/health/ready").status_code == 200


def test_a_book_that_is_too_old_is_refused_not_answered_with_404(call, counterpoint, clock):
    counterpoint.go_away()
    clock.pass_hours(24)
    assert call.post(**ASKED).status_code == 200
    clock.pass_hours(0.001)
    answer = call.post(**ASKED)
    assert (answer.status_code, answer.json()) == (503, {"error": "Prices are unavailable"})
    assert call.post("/api/contract-prices", **ASKED, items=[ASKED]).status_code == 503
    assert call.get("/api/health").status_code == 503
    assert call.get("/api/health/ready").status_code == 503
    assert call.get("/api/health/live").status_code == 200


def test_a_failed_read_keeps_the_old_book(call, counterpoint, config):
    counterpoint.lose_items()
    assert not config.keeper.refresh()
    assert config.keeper.last_refresh.failure == "PriceBookError"
    assert call.post(**ASKED).status_code == 200
    shown = call.get("/api/health").json()
    assert (shown["status"], shown["database"]) == ("degraded", "connected")


def test_a_restart_without_counterpoint_answers_from_the_saved_book(
    start, configure, counterpoint, clock
):
    configure().keeper.load()
    counterpoint.go_away()
    clock.pass_hours(1)
    answer = start(configure()).post(**ASKED)
    assert (answer.status_code, answer.json()["contract_price"]) == (200, 21.0955)
    assert answer.headers["X-Price-Book-Age-Seconds"] == "3600"


def test_a_start_without_counterpoint_and_without_a_saved_book_refuses(
    start, configure, counterpoint
):
    counterpoint.go_away()
    call = start(configure())
    assert call.post(**ASKED).status_code == 503
    answer = call.get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")


def test_a_first_start_warns_of_nothing_but_a_damaged_book_is_named(configure, tmp_path, caplog):
    configure().keeper.load()
    assert [each for each in caplog.records if each.levelname == "WARNING"] == []
    (tmp_path / "home" / FILE_NAME).write_bytes(b"damaged")
    configure().keeper.load()
    assert [each.message for each in caplog.records if "no saved price book: " in each.message]


def test_a_saved_book_of_another_database_or_damaged_is_not_used(configure, counterpoint, tmp_path):
    configure().keeper.load()
    counterpoint.go_away()
    elsewhere = configure(url=f"sqlite:///{(tmp_path / 'nowhere' / 'other.db').as_posix()}")
    elsewhere.keeper.load()
    with pytest.raises(NoUsableBookError):
        elsewhere.keeper.book()
    (tmp_path / "home" / FILE_NAME).write_bytes(b"damaged")
    again = configure()
    again.keeper.load()
    with pytest.raises(NoUsableBookError):
        again.keeper.book()


def test_a_folder_that_cannot_be_written_does_not_stop_prices(counterpoint, clock, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    source = CounterpointSource(counterpoint.engine, "America/New_York", clock)
    keeper = BookKeeper(source, saved=SavedBook(blocked, "x"), clock=clock)
    assert keeper.refresh()
    assert keeper.book().read_at == clock.now


def test_an_unchanged_book_is_written_again_only_after_a_while(configure, clock, tmp_path):
    file = tmp_path / "home" / FILE_NAME
    keeper = configure().keeper
    keeper.load()
    first = file.read_bytes()
    clock.now += timedelta(minutes=9)
    keeper.refresh()
    assert file.read_bytes() == first
    clock.now += timedelta(minutes=1)
    keeper.refresh()
    assert file.read_bytes() != first


def test_a_changed_book_is_written_at_once_and_only_its_owner_reads_it(
    configure, counterpoint, tmp_path
):
    keeper = configure().keeper
    keeper.load()
    counterpoint.set_amount("144319", "50")
    keeper.refresh()
    counterpoint.go_away()
    again = configure().keeper
    again.load()
    assert again.book().contract("144319").group.rules[0].breaks[0].amount == 50
    assert [each.name for each in (tmp_path / "home").iterdir()] == [FILE_NAME]
    if os.name == "posix":
        assert (tmp_path / "home" / FILE_NAME).stat().st_mode & 0o077 == 0


def test_the_background_thread_refreshes_until_it_is_stopped(counterpoint, clock):
    class Counting(CounterpointSource):
        def look(self):
            reads.release()
            return super().look()

    reads = threading.Semaphore(0)
    keeper = BookKeeper(Counting(counterpoint.engine, "America/New_York", clock), clock=clock)
    keeper.start(every_seconds=0.01)
    assert all(reads.acquire(timeout=20) for _ in range(3))
    keeper.stop()
    assert not any(thread.name == "price-book" for thread in threading.enumerate())


def test_an_unexpected_error_does_not_end_the_refreshing(counterpoint, clock):
    class Broken(CounterpointSource):
        def read(self, before=None, *, everything=True):
            reads.release()
            raise KeyError("surprise")

    reads = threading.Semaphore(0)
    keeper = BookKeeper(Broken(counterpoint.engine, "America/New_York", clock), clock=clock)
    keeper.start(every_seconds=0.01)
    assert all(reads.acquire(timeout=20) for _ in range(3))
    keeper.stop()
    assert keeper.last_refresh.failure == "KeyError"


def test_undecidable_filters_and_rules_without_group_are_logged_once(counterpoint, config, caplog):
    counterpoint.put("IM_PRC_RUL", GRP_TYP="C", GRP_COD="144319", RUL_SEQ_NO=2, ITEM_FILT="ODD()")
    counterpoint.put("IM_PRC_RUL", GRP_TYP="C", GRP_COD="GONE", RUL_SEQ_NO=1)
    for _ in range(2):
        assert config.keeper.refresh()
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "undecidable price rule filter 'ODD()'",
        "price rules of group c 'gone' take no part",
    ]


def test_an_unexpected_error_is_json_without_its_text(config):
    class Broken:
        def book(self):
            raise KeyError("surprise")

    broken = dataclasses.replace(config, keeper=Broken())
    client = create_app(broken).test_client()
    answer = client.post(
        "/api/contract-price", json=ASKED, headers={"X-API-Key": "wordpress-secret-0001"}
    )
    assert (answer.status_code, answer.get_json()) == (500, {"error": "Internal error"})
