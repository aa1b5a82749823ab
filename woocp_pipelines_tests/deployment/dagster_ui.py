"""What a person does in the Dagster UI, through the queries that its pages send."""

from typing import Any

import requests

_LAUNCH = """
mutation ($job: String!, $tags: [ExecutionTag!]) { launchRun(executionParams: {
    selector: {repositoryLocationName: "woocp", repositoryName: "__repository__", jobName: $job},
    runConfigData: {}, executionMetadata: {tags: $tags} }) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
_SWITCH_ON = """
mutation ($name: String!) { startSchedule(scheduleSelector: {
    repositoryLocationName: "woocp", repositoryName: "__repository__", scheduleName: $name}) {
  __typename ... on ScheduleStateResult { scheduleState { status } }
  ... on PythonError { message } } }
"""
_LOCATION = """
{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus
    locationOrLoadError { __typename } } } } }
"""


class DagsterUi:
    """One webserver."""

    def __init__(self, url: str) -> None:
        self.url = url

    def answers(self) -> bool:
        """Whether it is up and has loaded the code location."""
        try:
            data = self.ask(_LOCATION)
        except requests.RequestException:
            return False
        entries = data["workspaceOrError"]["locationEntries"]
        return [entry["locationOrLoadError"]["__typename"] for entry in entries] == [
            "RepositoryLocation"
        ]

    def launch(self, job: str, **tags: str) -> dict[str, Any]:
        """Start a job; gives the answer as it came."""
        listed = [{"key": name, "value": value} for name, value in tags.items()]
        return self.ask(_LAUNCH, job=job, tags=listed)["launchRun"]

    def switch_on(self, schedule: str) -> None:
        """Start a schedule."""
        answer = self.ask(_SWITCH_ON, name=schedule)["startSchedule"]
        assert answer == {
            "__typename": "ScheduleStateResult",
            "scheduleState": {"status": "RUNNING"},
        }

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send a query; gives its data."""
        body = {"query": query, "variables": variables}
        answer = requests.post(f"{self.url}/graphql", json=body, timeout=30).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data
