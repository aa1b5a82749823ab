"""A file of keys that changes while the service runs."""

import os

import pytest

from pricing_service.keys import LOOK_EVERY_SECONDS, KeyFile, read_keys
from woocp_pipelines.settings_environment import PricingAccess

OLD, NEW = "old-secret-abcdefgh", "new-secret-abcdefgh"


class Timer:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"shop={OLD}\n")
    return path


@pytest.fixture
def keys(file, timer):
    return KeyFile(file, timer)


def replace(path, text):
    """As deployment tools do it: a new file in the old one's place."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


def names(keys):
    return [key.name if key else None for key in (keys.find(OLD), keys.find(NEW))]


def test_a_key_is_exchanged_without_a_restart(keys, file, timer):
    replace(file, f"shop={OLD}\nnext={NEW}\n")
    timer.now += LOOK_EVERY_SECONDS
    assert names(keys) == ["shop", "next"]
    replace(file, f"next={NEW}\n")
    timer.now += LOOK_EVERY_SECONDS
    assert names(keys) == [None, "next"]


def test_the_file_is_looked_at_only_every_few_seconds(keys, file, timer):
    replace(file, f"next={NEW}\n")
    timer.now += LOOK_EVERY_SECONDS / 2
    assert names(keys) == ["shop", None]


def test_a_file_of_the_same_length_and_time_is_seen(keys, file, timer):
    before = file.stat()
    replace(file, f"shop={NEW}\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    timer.now += LOOK_EVERY_SECONDS
    assert names(keys) == [None, "shop"]


@pytest.mark.parametrize("text", ["", "\n", "short\n", f"shop={OLD}:everything\n"])
def test_a_file_that_became_wrong_locks_nobody_out(keys, file, timer, text, caplog):
    replace(file, text)
    timer.now += LOOK_EVERY_SECONDS
    assert names(keys) == ["shop", None]
    assert "the keys in memory stay in force" in caplog.text
    assert OLD not in caplog.text


def test_a_half_written_entry_is_no_key_with_more_scopes(keys, file, timer, caplog):
    whole = f"shop={NEW}:price\n"
    for written in range(len(whole)):
        replace(file, whole[:written])
        timer.now += LOOK_EVERY_SECONDS
        assert names(keys) == ["shop", None]
    assert "the last line has no line break" in caplog.text
    replace(file, whole)
    timer.now += LOOK_EVERY_SECONDS
    assert keys.find(NEW).scopes == {"price"}


def test_a_first_file_needs_no_line_break(file):
    file.write_text(f"shop={OLD}")
    assert read_keys(PricingAccess(api_keys_file=file)).find(OLD).name == "shop"


def test_a_file_that_is_gone_locks_nobody_out_and_counts_again_when_it_is_back(keys, file, timer):
    file.unlink()
    timer.now += LOOK_EVERY_SECONDS
    assert names(keys) == ["shop", None]
    file.write_text(f"next={NEW}\n")
    timer.now += LOOK_EVERY_SECONDS
    assert names(keys) == [None, "next"]


def test_a_file_saved_by_a_windows_editor_is_read(file):
    file.write_bytes(b"\xef\xbb\xbf" + f"shop={OLD}\r\n".encode())
    assert read_keys(PricingAccess(api_keys_file=file)).find(OLD).name == "shop"
