"""The list of flows by table, against what each flow's own statements name."""

import ast
from functools import partial
from pathlib import Path

import grimp
import pytest

import woocp_pipelines
from woocp_pipelines.counterpoint.contract import INSERTED
from woocp_pipelines.counterpoint.rights import RETAILERS, grant_statement
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.rules.doctor import server as judge
from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, CUSTOMERS
from woocp_pipelines.rules.doctor.flows_of_tables import flows_of_rights, flows_of_table
from woocp_pipelines_tests.rules.doctor.test_server import Difference

PACKAGE = "woocp_pipelines"
# They name tables to examine them for everybody, or list them all.
NOT_OF_A_FLOW = ("flows.doctor", "counterpoint.contract", "counterpoint.rights")
SHARED = ("counterpoint.tables", "counterpoint.migrations")
# Of the codes of the settings the stock asks for its locations only, and customers for a text.
NOT_NEEDED = {("inventory", "counterpoint.codes"), ("customers", "counterpoint.codes")}


@pytest.fixture(scope="module")
def named():
    """The names of tables in all adapters that each flow imports, by flow."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    for module in list(graph.modules):
        inner = module.removeprefix(f"{PACKAGE}.")
        if inner.startswith((*NOT_OF_A_FLOW, *SHARED)):
            graph.remove_module(module)
    words = {}
    for flow in ALL_FLOWS:
        used = graph.find_upstream_modules(f"{PACKAGE}.flows.{flow}")
        words[flow] = set().union(
            *(
                _words(module)
                for module in used
                if module.startswith(f"{PACKAGE}.counterpoint.")
                and (flow, module.removeprefix(f"{PACKAGE}.")) not in NOT_NEEDED
            )
        )
    return words


def _words(module):
    path = Path(woocp_pipelines.__file__).parent.joinpath(*module.split(".")[1:])
    file = path.with_suffix(".py")
    source = file if file.exists() else path / "__init__.py"
    nodes = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    # A table that is mentioned in prose is no statement's.
    texts = {str(each.value) for each in nodes if isinstance(each, ast.Constant)}
    return {each.id for each in nodes if isinstance(each, ast.Name)} | texts


@pytest.mark.parametrize("table", sorted(METADATA.tables))
def test_a_table_stops_every_flow_whose_statements_name_it(named, table):
    needing = {flow for flow in ALL_FLOWS if table in named[flow]}
    # A document's rows are written table by table from what the rules built.
    written = {"documents"} if table in INSERTED else set()
    assert needing | written <= set(flows_of_table(table))
    assert needing | written <= set(flows_of_rights(table, ["SELECT"]))


def test_orders_and_notes_wait_for_no_table_of_the_documents(named):
    assert not {name for name in named["orders"] | named["outbox"] if name.startswith("PS_DOC_")}
    assert flows_of_table("PS_DOC_TAX") == ("documents",)


def test_tables_of_ours_and_tables_that_nobody_listed_stop_everybody():
    assert flows_of_table("USER_ORDER_KEY") == flows_of_table("IM_NEW") == ALL_FLOWS


def test_a_difference_and_a_missing_right_stop_who_needs_the_table():
    tracking = Difference("PS_DOC_PKG_TRK_NO", "PKG_TRK_NO")
    (found,) = judge.judge_contract([tracking], upgraded=True)
    assert (found.level, found.stops) == ("red", ("fulfilment",))
    (found,) = _judged({"AR_SHIP_ADRS": ["INSERT"]})
    assert (found.level, found.stops) == ("red", CUSTOMERS)


def test_stock_goes_on_without_the_right_to_commit_goods():
    assert [each.stops for each in _judged({"IM_INV": ["UPDATE"]})] == [("documents",)]
    assert [each.stops for each in _judged({"IM_INV": ["SELECT", "UPDATE"]})] == [ALL_FLOWS]
    assert [each.stops for each in _judged({"PS_DOC_LIN": ["INSERT"]})] == [("documents",)]


def test_a_right_to_a_table_of_ours_stops_who_uses_it():
    (found,) = _judged({"USER_CUSTOMER_STAGING": ["UPDATE"]})
    assert (found.level, found.stops) == ("red", CUSTOMERS)
    assert [each.stops for each in _judged({"USER_SYNC_LOG": ["INSERT"]})] == [ALL_FLOWS]


def test_the_old_scripts_tables_stop_nobody():
    found = _judged({name: ["SELECT"] for name in RETAILERS})
    assert [(each.level, each.stops) for each in found] == [("yellow", ())] * len(RETAILERS)


def test_a_missing_right_is_named_with_the_statement_that_grants_it():
    (found,) = _judged({"IM_INV": ["UPDATE"]})
    assert "run GRANT UPDATE ON OBJECT::[dbo].[IM_INV] TO [woocp_syncs]; (" in found.fix


def _judged(lacking):
    grant = partial(grant_statement, "syncs")
    return list(judge.judge_rights(lacking, writing=True, grant=grant))
