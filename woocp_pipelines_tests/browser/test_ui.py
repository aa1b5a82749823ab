"""What a person sees and clicks in Dagster's UI, in a real browser."""

import sys

import pytest
from playwright.sync_api import expect

from woocp_pipelines_tests.browser.conftest import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found (apt-get install chromium)"),
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]


def test_the_lineage_is_found_and_an_asset_materialized_with_clicks_only(ui, page):
    page.goto(ui)
    page.get_by_role("link", name="Lineage").click()
    for group in ("customers", "orders", "documents", "inventory", "storefront"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()

    # A click on a group of the graph unfolds it.
    page.get_by_text("prices", exact=True).last.click()
    for asset in ("price_book", "price_audit", "pricing_service"):
        expect(page.get_by_text(asset, exact=True).first).to_be_visible()

    page.get_by_text("price_book", exact=True).last.click()
    expect(page.get_by_text("A row is one price rule of Counterpoint")).to_be_visible()
    page.get_by_role("button", name="Materialize selected").click()

    # Dagster asks back while an asset that this one is made from was never made itself.
    launched, confirm = page.get_by_text("Launched run"), page.get_by_role("button", name="Confirm")
    expect(launched.or_(confirm)).to_be_visible()
    if confirm.is_visible():
        confirm.click()
    run_id = launched.inner_text().split()[2]

    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name=run_id).first.click()
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    expect(page.get_by_text("ASSET_MATERIALIZATION").first).to_be_visible()
    expect(page.get_by_text("open_contracts_are_used").first).to_be_visible()
