"""No secret in what Dagster shows, stores or logs."""

import pytest
from pydantic import SecretStr

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.resources import SandboxMissingError, WoocpResource

PASSWORD, KEY, SECRET = "pw-7fQ2", "ck_7fQ2secretkey", "cs_7fQ2secretsecret"


@pytest.fixture
def settings(sandbox):
    connections = sandbox.settings.connections.model_copy(
        update={
            "sandbox": False,
            "database_url": SecretStr(
                f"mssql+pyodbc://woocp:{PASSWORD}@nowhere.invalid/x?driver=ODBC+Driver+18"
            ),
            "store_url": "https://shop.invalid",
            "store_key": SecretStr(KEY),
            "store_secret": SecretStr(SECRET),
        }
    )
    return sandbox.settings.model_copy(update={"connections": connections})


def assert_clean(text):
    for secret in (PASSWORD, KEY, SECRET):
        assert secret not in text


def test_the_resource_never_shows_a_secret(settings):
    resource = WoocpResource(settings=settings)
    assert_clean(f"{resource!r} {resource} {resource.settings!r}")


def test_no_definition_carries_a_secret(settings):
    defs = build_defs(settings)
    graph = defs.get_repository_def()
    resource = graph.get_top_level_resources()["woocp"]
    assert resource.config_schema.default_value == {}
    texts = [repr(spec) for spec in defs.resolve_all_asset_specs()]
    texts += [f"{job.tags} {job.metadata} {job.description}" for job in graph.get_all_jobs()]
    texts.append(repr(graph.metadata))
    assert_clean(" ".join(texts))


def test_a_flow_s_context_opens_no_connection_and_closes_what_it_opened(sandbox):
    resource = WoocpResource(settings=sandbox.settings)
    with resource.open("run-1") as flow:
        assert flow.run_id == "run-1"
        assert flow.store_id == "main"


def test_a_sandbox_that_nobody_made_is_not_made_by_looking(sandbox, tmp_path):
    home = tmp_path / "nobody"
    connections = sandbox.settings.connections.model_copy(update={"home": home})
    settings = sandbox.settings.model_copy(update={"connections": connections})
    with (
        pytest.raises(SandboxMissingError, match="woocp demo"),
        WoocpResource(settings=settings).open(),
    ):
        pass
    assert not home.exists()
