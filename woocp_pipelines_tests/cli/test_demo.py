"""The demo end to end, and that it would not hide a difference."""

import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import dagster as dg
import pytest

from woocp_pipelines.demo.findings import Document, Findings, StoreOrder
from woocp_pipelines.demo.price import AnsweredPrice
from woocp_pipelines.demo.reconciling import complaints
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines_tests.cli.conftest import ITEMS

PRICE = AnsweredPrice(
    contract="C1",
    contract_name="One",
    item_no="A-1",
    quantity="20",
    price=Decimal("4.95"),
    regular=Decimal("7.00"),
    rule="Fixed",
    milliseconds=1.0,
    agreed=Decimal("4.9500"),
)
FINDINGS = Findings(
    orders=(StoreOrder(1, "1", "processing", Decimal("10.00"), "BOOKED"),),
    documents=(Document("WOO 1", "O109-1", "109-1", "40001", Decimal("10.00")),),
    documents_total=Decimal("10.00"),
    deposits_total=Decimal("10.00"),
    customers={},
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """`woocp demo` in a process of its own, beside variables of real connections."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "WOOCP_HOME": "home",
        "WOOCP_DATABASE_URL": "sqlite:///never-touched.db",
        "WOOCP_STORE_URL": "https://shop.example",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "woocp_pipelines.cli", "demo", "--items", str(ITEMS)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    return folder, ran


def test_the_demo_reconciles_to_the_cent(demo):
    _folder, ran = demo
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Everything reconciles" in ran.stdout
    totals = [line.split("│")[3].strip() for line in ran.stdout.splitlines() if "SUM of" in line]
    store = [
        line.split("│")[3].strip() for line in ran.stdout.splitlines() if "over HTTP │" in line
    ]
    assert totals == store != []


def test_the_demo_says_what_was_refused_and_what_to_do(demo):
    _folder, ran = demo
    assert "order 7036: NO_PAY_CODE" in ran.stdout
    assert 'add "afterpay" with its PAY_COD to [payments.pay_codes], then replay' in ran.stdout
    assert "Contract price: 20 of PR-1002" in ran.stdout


def test_the_demo_touches_its_own_folder_only(demo):
    folder, _ran = demo
    assert [path.name for path in folder.iterdir()] == ["home"]


def test_the_demo_leaves_its_runs_where_dev_shows_them(demo, monkeypatch):
    folder, _ran = demo
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "home" / "dagster"))
    with dg.DagsterInstance.get() as instance:
        runs = [(run.job_name, run.status) for run in reversed(instance.get_runs())]
    assert runs == [
        (name, dg.DagsterRunStatus.SUCCESS)
        for name in (
            "customer_sync",
            "order_sync",
            "order_creation",
            "inventory_sync",
            "customer_sync",
        )
    ]


def test_what_was_not_synced_is_complained_about(seeded_home):
    with open_sandbox(seeded_home) as sandbox:
        found = complaints(sandbox, FINDINGS, PRICE)
        wanted = len(sandbox.expected.of("booked"))
    assert sum("status is None, must be BOOKED" in text for text in found) == wanted
    assert any("the store does not show orders" in text for text in found)


@pytest.mark.parametrize(
    ("findings", "price", "said"),
    [
        (replace(FINDINGS, documents_total=Decimal("9.99")), PRICE, "documents sum to 9.99"),
        (FINDINGS, replace(PRICE, price=Decimal("4.96")), "4.96, the contract says 4.9500"),
    ],
)
def test_a_cent_of_difference_is_complained_about(seeded_home, findings, price, said):
    with open_sandbox(seeded_home) as sandbox:
        usual = complaints(sandbox, FINDINGS, PRICE)
        found = complaints(sandbox, findings, price)
    assert [text for text in found if text not in usual and said in text]
