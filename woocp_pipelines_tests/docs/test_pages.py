"""What the pages lead to is there: links, headings, commands, jobs, files of the repository."""

import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from woocp_pipelines.cli import app
from woocp_pipelines_tests.docs.pages import DOCS, ROOT, every_page

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SAID = ("woocp demo:", "woocp does not write")


def by_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def headings(path: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def code_of(path: Path) -> list[str]:
    """What stands in code quotes, and the lines of code blocks."""
    text = path.read_text("utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    typed = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [*re.findall(r"`([^`\n]+)`", plain), *(each for each in typed if "woocp " in each)]


def commands() -> dict[str, TyperCommand | TyperGroup]:
    """Every command by its words, and the groups of commands."""
    found: dict[str, TyperCommand | TyperGroup] = {}

    def walk(group: TyperGroup, words: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            found[" ".join((*words, name))] = command
            if isinstance(command, TyperGroup):
                walk(command, (*words, name))

    top = typer.main.get_command(app)
    assert isinstance(top, TyperGroup)
    walk(top, ())
    return found


def typed(text: str) -> list[list[str]]:
    """The commands that begin a piece of code, as words; what a program says is none."""
    if not text.startswith("woocp ") or text.startswith(_SAID):
        return []
    return [shlex.split(text.replace("\\|", "|").replace("'", " "))]


@pytest.mark.parametrize("path", every_page(), ids=by_name)
def test_every_link_leads_somewhere(path: Path):
    for link in _LINK.findall(path.read_text("utf-8")):
        if "://" in link:
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target), link


@pytest.mark.parametrize("path", every_page(), ids=by_name)
def test_every_command_and_option_that_a_page_names_exists(path: Path):
    known = commands()
    for code in code_of(path):
        for words in typed(code):
            names = [word.split("|") for word in words[1:]]
            for first in names[0]:
                if first.startswith("-") or first == "…":
                    continue
                assert first in known, code
                command = known[first]
                if isinstance(command, TyperGroup) and len(names) > 1 and names[1] != ["…"]:
                    for second in names[1]:
                        assert f"{first} {second}" in known, code
            options = {re.sub(r"[^\w-].*", "", each) for each in re.findall(r"--[\w-]+", code)}
            offered = {
                option
                for name, command in known.items()
                if any(name.split()[0] == first for first in names[0])
                for each in command.params
                for option in (*each.opts, *each.secondary_opts)
            }
            assert options - offered - {"--help", "--debug"} == set(), code


def test_every_command_stands_in_the_table_of_the_first_page():
    table = "".join(
        line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if "woocp" in line
    )
    for name in commands():
        for word in name.split():
            assert re.search(rf"[ |`\\]{re.escape(word)}[ |`\\]", table), name


def test_every_page_stands_in_the_contents():
    linked = set(_LINK.findall((DOCS / "README.md").read_text("utf-8")))
    assert {path.name for path in DOCS.glob("*.md")} - {"README.md"} <= linked
