"""The graph as a whole: names, lineage, limits. A change here is a change people see."""

from datetime import timedelta
from graphlib import TopologicalSorter

import dagster as dg
import pytest
from dagster._utils.schedules import get_smallest_cron_interval

from woocp_pipelines.defs.assembly import build_defs

GROUPS = {
    "woocommerce",
    "counterpoint",
    "customers",
    "orders",
    "documents",
    "inventory",
    "fulfilment",
    "prices",
    "operations",
    "storefront",
}


@pytest.fixture
def defs(sandbox):
    return build_defs(sandbox.settings)


@pytest.fixture
def production(sandbox):
    """The same retailer, as if its connections were real ones."""
    settings = sandbox.settings
    real = settings.connections.model_copy(
        update={"sandbox": False, "store_url": "https://shop.example"}
    )
    return build_defs(settings.model_copy(update={"connections": real}))


def specs(defs):
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def upstream(defs):
    return {
        name: {dep.asset_key.to_user_string() for dep in spec.deps}
        for name, spec in specs(defs).items()
    }


def test_the_graph_has_these_assets_and_this_lineage(defs):
    assert upstream(defs) == {
        "woo_customers": set(),
        "woo_orders": set(),
        "woo_products": set(),
        "counterpoint_accounts": set(),
        "counterpoint_items": set(),
        "counterpoint_price_rules": set(),
        "customer_staging": {"woo_customers", "order_staging"},
        "counterpoint_customers": {"customer_staging"},
        "woo_customer_tiers": {"counterpoint_customers", "counterpoint_accounts"},
        "order_staging": {"woo_orders", "counterpoint_items"},
        "order_days": {"woo_orders", "counterpoint_items"},
        "counterpoint_documents": {
            "order_staging",
            "order_days",
            "counterpoint_customers",
            "counterpoint_price_rules",
        },
        "counterpoint_stock": {"counterpoint_documents"},
        "counterpoint_shipments": {"counterpoint_documents"},
        "order_fulfilment": {"counterpoint_shipments"},
        "woo_stock": {
            "counterpoint_stock",
            "counterpoint_items",
            "order_staging",
            "woo_products",
        },
        "price_book": {"counterpoint_price_rules", "counterpoint_items", "counterpoint_customers"},
        "price_audit": {"order_staging", "order_days", "price_book"},
        "reconciliation": {
            "woo_orders",
            "order_staging",
            "order_days",
            "counterpoint_documents",
            "woo_stock",
        },
        "pricing_service": {"counterpoint_price_rules", "price_book"},
        "storefront": {
            "woo_stock",
            "pricing_service",
            "woo_customer_tiers",
            "order_fulfilment",
        },
        "sync_health": {
            "order_staging",
            "counterpoint_documents",
            "woo_stock",
            "counterpoint_customers",
        },
    }


def test_lineage_runs_from_a_storefront_order_to_the_stock_a_shopper_sees(defs):
    sources = upstream(defs)
    reached, open_names = set(), {"storefront"}
    while open_names:
        name = open_names.pop()
        reached.add(name)
        open_names |= sources[name] - reached
    assert {"woo_orders", "counterpoint_documents", "counterpoint_stock", "woo_stock"} <= reached


def test_there_are_these_jobs_schedules_and_sensors(defs):
    graph = defs.get_repository_def()
    own = [job for job in graph.get_all_jobs() if not job.name.startswith("__")]
    assert {job.name: job.tags["sync"] for job in own} == {
        "customer_sync": "customers",
        "order_sync": "orders",
        "order_backfill": "order_backfill",
        "order_creation": "documents",
        "inventory_sync": "inventory",
        "fulfilment_sync": "fulfilment",
        "price_book_reading": "price_book",
        "price_review": "price_audit",
        "reconciliation": "reconciliation",
        "approve_stock_change": "inventory",
        "replay": "replay",
        "settle": "settle",
        "dead_letters": "dead_letters",
        "order_timeline": "order_timeline",
        "examination": "examination",
        "maintenance": "maintenance",
    }
    schedules = {one.name: (one.job_name, one.cron_schedule) for one in graph.schedule_defs}
    assert schedules == {
        "customer_sync_every_night": ("customer_sync", "49 23 * * *"),
        "order_sync_every_5_minutes": ("order_sync", "*/5 * * * *"),
        "order_sync_in_full_every_night": ("order_sync", "33 3 * * *"),
        "order_creation_every_5_minutes": ("order_creation", "1-59/5 * * * *"),
        "inventory_sync_every_5_minutes": ("inventory_sync", "2-59/5 * * * *"),
        "inventory_sync_in_full_every_night": ("inventory_sync", "4 3 * * *"),
        "fulfilment_sync_every_30_minutes": ("fulfilment_sync", "8,38 * * * *"),
        "price_book_reading_every_night": ("price_book_reading", "17 4 * * *"),
        "price_review_every_night": ("price_review", "23 4 * * *"),
        "examination_every_night": ("examination", "11 4 * * *"),
        "maintenance_every_night": ("maintenance", "11 5 * * *"),
        "reconciliation_every_night": ("reconciliation", "41 4 * * *"),
    }
    assert {one.execution_timezone for one in graph.schedule_defs} == {"America/New_York"}
    sensors = {
        one.name: ([target.job_name for target in one.targets], one.minimum_interval_seconds)
        for one in graph.sensor_defs
    }
    assert sensors == {
        "pending_orders": (["order_creation"], 30),
        "pricing_service_health": ([], 60),
        "health": ([], 120),
        "alerts": ([], 60),
    }


def test_there_are_these_checks_and_only_money_blocks(defs):
    graph = defs.resolve_asset_graph()
    found = {
        (key.asset_key.to_user_string(), key.name): graph.get_check_spec(key).blocking
        for key in graph.asset_check_keys
    }
    assert found == {
        ("counterpoint_customers", "every_customer_could_be_matched"): False,
        ("woo_customer_tiers", "the_store_knows_every_customer"): False,
        ("order_staging", "no_booked_order_was_changed"): False,
        ("counterpoint_documents", "every_order_could_be_booked"): False,
        ("counterpoint_documents", "the_store_was_told"): False,
        ("counterpoint_documents", "totals_match_store"): True,
        ("woo_stock", "every_product_has_its_stock"): False,
        ("order_fulfilment", "document_and_order_go_together"): False,
        ("price_book", "every_rule_can_be_decided"): False,
        ("price_audit", "charged_prices_match"): False,
        ("reconciliation", "every_cent_is_explained"): False,
        ("reconciliation", "every_difference_is_settled"): False,
        ("reconciliation", "stock_and_customers_agree"): False,
        ("pricing_service", "contract_prices_are_answered"): False,
        ("counterpoint_items", "counterpoint_is_fit_for_writing"): False,
        ("woo_orders", "the_store_is_fit"): False,
        ("sync_health", "every_sync_works"): False,
        ("sync_health", "orders_are_booked_in_time"): False,
        ("sync_health", "refused_orders_are_dealt_with"): False,
        ("sync_health", "the_store_is_told_in_time"): False,
        ("sync_health", "no_stock_change_waits"): False,
    }


def test_every_job_has_an_end_so_that_a_dead_run_cannot_stop_its_sync_for_ever(defs):
    jobs = [job for job in defs.get_repository_def().get_all_jobs() if job.name[:2] != "__"]
    assert all(0 < int(job.tags["dagster/max_runtime"]) <= 2 * 3600 for job in jobs)


def test_every_asset_says_what_a_row_is_and_belongs_to_a_group(defs):
    outside = {"pricing_service", "storefront"}
    for name, spec in specs(defs).items():
        text = spec.description or ""
        assert text.startswith(("A row is", "A partition is")) or name in outside, name
        assert spec.group_name in GROUPS, name


def test_the_groups_form_a_picture_without_circles(defs):
    group_of = {name: spec.group_name for name, spec in specs(defs).items()}
    before = {group: set() for group in GROUPS}
    for name, sources in upstream(defs).items():
        before[group_of[name]] |= {group_of[one] for one in sources} - {group_of[name]}
    # Nothing is made of what is looked at only.
    assert not any("operations" in sources for sources in before.values())
    order = [one for one in TopologicalSorter(before).static_order() if one != "operations"]
    assert set(order[:2]) == {"woocommerce", "counterpoint"}
    assert order[-1] == "storefront"


def test_every_asset_that_a_schedule_makes_must_stay_fresh_and_may_miss_one_turn(defs):
    graph, every = defs.get_repository_def(), specs(defs)
    for schedule in graph.schedule_defs:
        interval = get_smallest_cron_interval(schedule.cron_schedule)
        for key in graph.get_job(schedule.job_name).asset_layer.selected_asset_keys:
            policy = every[key.to_user_string()].freshness_policy
            assert policy is not None, (schedule.name, key)
            if schedule.name.endswith("_in_full_every_night"):
                continue
            allowed = policy.fail_window.to_timedelta()
            assert 2 * interval <= allowed <= 2 * interval + timedelta(hours=2), (key, allowed)


def test_what_is_scheduled_has_an_owner_and_columns(defs):
    every = specs(defs)
    scheduled = (
        "customer_staging",
        "counterpoint_customers",
        "order_staging",
        "counterpoint_documents",
        "woo_stock",
        "order_fulfilment",
    )
    for name in scheduled:
        assert every[name].owners, name
        columns = every[name].metadata["dagster/column_schema"].columns
        assert columns, name
        assert all(column.description for column in columns), name


def test_what_writes_to_counterpoint_shares_one_pool_and_the_waiting_for_the_store_does_not(defs):
    graph = defs.get_repository_def().get_job("__ASSET_JOB").graph
    pools = {node.name: node.definition.pool for node in _ops(graph)}
    assert {name for name, pool in pools.items() if pool == "counterpoint_writes"} == {
        "sync_customers",
        "order_staging",
        "order_days",
        "claim_pending_orders",
        "validate_orders",
        "create_documents",
    }


def test_every_repeat_is_bounded(defs):
    graph = defs.get_repository_def().get_job("__ASSET_JOB").graph
    policies = {node.name: node.definition.retry_policy for node in _ops(graph)}
    assert all(policy is not None and policy.max_retries == 2 for policy in policies.values())


def test_the_sandbox_is_named_everywhere(defs):
    for spec in defs.resolve_all_asset_specs():
        assert "\n\nSANDBOX: " in spec.description, spec.key
        assert spec.tags["environment"] == "SANDBOX", spec.key
        assert "sandbox" in spec.kinds, spec.key
    graph = defs.get_repository_def()
    for job in graph.get_all_jobs():
        if job.name[:2] != "__":
            assert "\n\nSANDBOX: " in job.description
            assert job.tags["environment"] == "SANDBOX"
    for one in (*graph.schedule_defs, *graph.sensor_defs):
        assert "\n\nSANDBOX: " in one.description
    assert graph.metadata["environment"].value == "SANDBOX"


def test_production_names_no_sandbox_and_waits_to_be_switched_on(production, defs):
    running = dg.DefaultScheduleStatus.RUNNING
    graph, real = defs.get_repository_def(), production.get_repository_def()
    assert {one.default_status for one in graph.schedule_defs} == {running}
    assert {one.default_status for one in real.schedule_defs} == {dg.DefaultScheduleStatus.STOPPED}
    looking = {one.name for one in real.sensor_defs if one.default_status.name == "RUNNING"}
    assert looking == {"pricing_service_health"}
    for spec in production.resolve_all_asset_specs():
        assert "sandbox" not in f"{spec.description} {spec.tags} {spec.kinds}".lower()
    pages = specs(production)["woo_orders"].metadata["page"].value
    assert pages == "https://shop.example/wp-admin/admin.php?page=wc-orders"


def test_days_to_read_again_begin_with_the_first_order_and_include_today(defs, sandbox):
    days = specs(defs)["order_days"].partitions_def.get_partition_keys()
    assert days[0] == sandbox.settings.orders.start_date.isoformat()
    assert specs(defs)["order_days"].partitions_def.end_offset == 1


def test_all_definitions_can_be_loaded_and_run(defs):
    assert dg.Definitions.validate_loadable(defs) is None


def _ops(graph):
    """Op nodes of assets, without checks."""
    for node in graph.nodes:
        if isinstance(node.definition, dg.GraphDefinition):
            yield from _ops(node.definition)
        elif not getattr(node.definition, "check_specs", None) and "check" not in node.name:
            yield node
