"""The recorded requests and answers of a real store, as the conformance test reads them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"
RECORDED_ROOT = "https://store.example"


@dataclass(frozen=True)
class Recording:
    name: str
    method: str
    path: str
    query: Any
    body: Any
    auth: str
    headers: dict[str, str]
    status: int
    answer_headers: dict[str, str]
    answer: Any

    @property
    def resource(self) -> str:
        """The first word below wc/v3, such as orders."""
        return self.path.removeprefix("/wp-json/wc/v3").strip("/").partition("/")[0]

    def records(self) -> list[dict[str, Any]]:
        """Every record in the answer, also those of a batch, without refused ones."""
        answer = self.answer
        rows = answer if isinstance(answer, list) else [answer]
        if isinstance(answer, dict) and answer.keys() <= {"create", "update", "delete"}:
            rows = [row for part in answer.values() for row in part]
        return [r for r in rows if isinstance(r, dict) and "id" in r and "error" not in r]


@cache
def load(name: str) -> Recording:
    found = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    request, response = found["request"], found["response"]
    return Recording(
        name=name,
        method=request["method"],
        path=request["path"],
        query=request["query"],
        body=request["body"],
        auth=request["auth"],
        headers=request.get("headers", {}),
        status=response["status"],
        answer_headers=response["headers"],
        answer=response["body"],
    )


@cache
def names() -> list[str]:
    return sorted(path.stem for path in RECORDINGS.glob("*.json"))
