"""A lane of small worlds for the tests of the harness, made once."""

import os
import shutil
from dataclasses import replace

import pytest

from woocp_pipelines_tests.conftest import SERVER
from woocp_pipelines_tests.crash.databases import lane_database
from woocp_pipelines_tests.crash.faulty_shop import open_faulty_shop
from woocp_pipelines_tests.crash.world import make_templates, open_lane


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """Both systems before the first run, to be copied."""
    folder = tmp_path_factory.mktemp("crash") / "templates"
    folder.mkdir()
    make_templates(folder)
    return folder


@pytest.fixture(scope="session")
def can_kill():
    """Runs are forked processes that end by SIGKILL, which Windows has not."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")


@pytest.fixture(scope="module")
def lane(can_kill, templates, tmp_path_factory):
    with open_lane(templates, tmp_path_factory.mktemp("lane") / "world") as opened:
        yield opened


@pytest.fixture(scope="module")
def booked(lane, tmp_path_factory):
    """An undisturbed run: its points, what was there before it, a lane of worlds after it."""
    copy = tmp_path_factory.mktemp("booked") / "templates"
    with lane.world() as world:
        points = world.run().points
        start = world.start
        if SERVER is not None:
            return points, start, lane
        shutil.copytree(lane.folder, copy)
    return points, start, replace(lane, templates=copy)


@pytest.fixture
def points(booked):
    """The names of the points of an undisturbed run."""
    return booked[0]


@pytest.fixture
def finished(booked):
    """A world after an undisturbed run."""
    _, start, after = booked
    with after.world() as world:
        if SERVER is not None:
            # A server's database is no file that could be copied as it was after a run.
            world.run()
        world.start = start
        yield world


@pytest.fixture(scope="module")
def shop_database(tmp_path_factory):
    """A folder for one faulty shop after the other, and their database."""
    folder = tmp_path_factory.mktemp("faulty") / "shop"
    with lane_database(folder) as database:
        yield folder, database


@pytest.fixture
def shop(templates, shop_database):
    """A shop whose store fails on demand."""
    with open_faulty_shop(templates, *shop_database) as opened:
        yield opened
