"""What is installed is what is here: every package, every data file, one version."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import woocp_pipelines

ROOT = Path(__file__).parent.parent
PACKAGES = ("woocp_pipelines", "pricing_service")


def sources() -> set[str]:
    """Every file of the packages that is not made by running them."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as a wheel would hold them, built by setup.py out of the way."""
    target = tmp_path_factory.mktemp("built")
    command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_every_file_of_the_packages_is_installed(built: Path):
    installed = {
        path.relative_to(built).as_posix()
        for path in built.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sorted(sources() - installed) == []
    assert sorted(installed - sources()) == []


@pytest.mark.parametrize(
    "name",
    [
        "woocp_pipelines/sandbox/woocp.toml",
        "woocp_pipelines/sandbox/schema/vendor.json",
        "woocp_pipelines/sandbox/schema/retailer.json",
        "woocp_pipelines/counterpoint/migrations/script.py.mako",
        "woocp_pipelines/counterpoint/migrations/env.py",
        "woocp_pipelines/counterpoint/migrations/versions/v0001_user_tables.py",
        "woocp_pipelines/py.typed",
        "pricing_service/py.typed",
    ],
)
def test_what_is_read_at_run_time_is_installed(built: Path, name: str):
    assert (built / name).is_file()


def test_every_folder_with_modules_is_a_package():
    folders = {Path(name).parent for name in sources() if name.endswith(".py")}
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_importing_the_distribution_costs_nothing():
    """Design §1: the pricing service must not pay for the pipelines."""
    assert (ROOT / "woocp_pipelines" / "__init__.py").read_bytes() == b""
    check = "import sys, woocp_pipelines; print('dagster' in sys.modules, 'flask' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
    assert woocp_pipelines.__file__ is not None


def test_the_version_stands_in_one_place():
    setup = (ROOT / "setup.py").read_text("utf-8")
    (version,) = re.findall(r'^    version="([^"]+)",$', setup, re.M)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" not in project.get("project", {})
    literal = re.compile(rf"[\"']{re.escape(version)}[\"']")
    others = [
        name
        for name in sources()
        if name.endswith((".py", ".toml")) and literal.search((ROOT / name).read_text("utf-8"))
    ]
    assert others == []


def test_every_console_script_names_a_function_that_is_there():
    setup = (ROOT / "setup.py").read_text("utf-8")
    scripts = dict(re.findall(r'"([\w-]+) = ([\w.]+:\w+)"', setup))
    assert scripts.keys() == {"woocp", "woocp-pricing"}
    for target in scripts.values():
        module, function = target.split(":")
        source = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
        assert re.search(rf"^def {function}\(", source, re.M)
