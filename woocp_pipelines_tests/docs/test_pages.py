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
_BEFORE = r"^(?:\w+=\S+ |docker compose .* code )?(?:\S+[/\\])?(?=woocp )"
_ALWAYS = {"--help", "--debug"}


def by_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def headings(path: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def code_of(path: Path) -> list[str]:
    """What stands in code quotes, and the lines of code blocks, from `woocp` on."""
    text = path.read_text("utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    written = [
        *re.findall(r"`([^`\n]+)`", plain),
        *(line for one in blocks for line in one.splitlines()),
    ]
    # A comment behind two spaces; the command in a folder, a container, with a variable before it.
    bare = (re.sub(r"\s{2,}.*", "", line.removeprefix("$ ")) for line in written)
    return [re.sub(_BEFORE, "", line) for line in bare if not line.startswith(_SAID)]


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
    """The words of a command, each with its alternatives; none where the text is no command."""
    if not text.startswith("woocp "):
        return []
    words = shlex.split(text.replace("\\|", "|").replace("'", " "))[1:]
    return [word.split("|") for word in words]


def asked(words: list[list[str]], known: dict[str, TyperCommand | TyperGroup]) -> list[str]:
    """The names of the commands that a text asks for; `…` is any of a group."""
    names = [first for first in words[0] if not first.startswith("-") and first != "…"]
    found = []
    for name in names:
        assert name in known, name
        if not isinstance(known[name], TyperGroup) or len(words) == 1:
            found.append(name)
        elif words[1] == ["…"]:
            found += [each for each in known if each.startswith(f"{name} ")]
        else:
            found += [f"{name} {second}" for second in words[1]]
    return found


def options_of(words: list[list[str]]) -> set[str]:
    """The options that a text gives."""
    return {
        re.sub(r"[^\w-].*", "", each.lstrip("["))
        for word in words
        for each in word
        if each.lstrip("[").startswith("--")
    }


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
        words = typed(code)
        for name in asked(words, known) if words else []:
            assert name in known, code
            parameters = known[name].params
            offered = {one for each in parameters for one in (*each.opts, *each.secondary_opts)}
            assert options_of(words) - offered - _ALWAYS == set(), code


@pytest.mark.parametrize(
    ("text", "names", "options"),
    [
        ("woocp sync orders --since 2026-11-20", ["sync orders"], {"--since"}),
        ("woocp db upgrade|current", ["db upgrade", "db current"], set()),
        (
            "woocp replay ORDER…\\|--all [--plan\\|--apply]",
            ["replay"],
            {"--all", "--plan", "--apply"},
        ),
        ("woocp demo", ["demo"], set()),
    ],
)
def test_a_command_is_read_exactly(text: str, names: list[str], options: set[str]):
    words = typed(text)
    assert asked(words, commands()) == names
    assert options_of(words) == options


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
