"""docs/07-dead-letters.md knows every code that the program gives, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

from woocp_pipelines.rules.order_revisions import REVISION_CODES
from woocp_pipelines_tests.docs.pages import ROOT, first_cells

PAGE = "07-dead-letters.md"


def modules() -> list[tuple[Path, ast.Module]]:
    return [
        (path, ast.parse(path.read_text("utf-8")))
        for path in sorted((ROOT / "woocp_pipelines").rglob("*.py"))
    ]


def constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Names of a module that are texts."""
    for node in ast.walk(module):
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value


def texts(node: ast.expr, own: dict[str, str], shared: dict[str, str]) -> Iterator[str]:
    """The texts that an expression can be; those read from elsewhere are nobody's here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name):
        # A name that is imported is written in capitals and is the same everywhere.
        found = own.get(node.id) or (shared.get(node.id) if node.id.isupper() else None)
        if found:
            yield found
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body, own, shared)
        yield from texts(node.orelse, own, shared)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from texts(value, own, shared)
    elif isinstance(node, ast.Subscript):
        yield from texts(node.value, own, shared)


def given(node: ast.Call) -> ast.expr | None:
    """What a call gives as a code: of a Problem, and of a write that was refused."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "Problem":
        return next((each.value for each in node.keywords if each.arg == "code"), None)
    if name in {"refuse", "MetaResult"} and len(node.args) > 1:
        return node.args[1]
    return None


def codes() -> set[str]:
    found = set(REVISION_CODES)
    read = modules()
    shared = dict(pair for _path, module in read for pair in constants(module))
    for _path, module in read:
        own = dict(constants(module))
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and (code := given(node)) is not None:
                found |= set(texts(code, own, shared))
    return found


def test_the_codes_of_the_program_are_found():
    found = codes()
    assert {"ARITHMETIC", "ORDER_GONE", "NO_INVENTORY_ROW", "NOT_CENTS", "STORE_ERROR"} <= found
    assert len(found) > 60


def test_every_code_stands_in_the_page():
    assert codes() - first_cells(PAGE) == set()


def test_the_page_names_no_code_that_is_not_given():
    sources = "".join(path.read_text("utf-8") for path, _module in modules())
    assert [code for code in sorted(first_cells(PAGE)) if f'"{code}"' not in sources] == []
