"""Prints the odbcinst.ini that makes the driver of the PyPI package mssql-python-odbc known.

    python odbcinst.py > /opt/woocp/odbc/odbcinst.ini      and ODBCSYSINI=/opt/woocp/odbc

Linux with glibc only. On Windows Microsoft's installer registers the driver.
"""

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "mssql_python_odbc"
PROCESSORS = {"aarch64": "arm64", "amd64": "x86_64"}


def driver_of(package: Path, machine: str) -> Path:
    """The driver's file for Debian and its kin.

    Args:
        package: folder of the installed package.
        machine: processor, as `platform.machine()` names it.
    """
    machine = PROCESSORS.get(machine.lower(), machine.lower())
    folder = package / "libs" / "linux" / "debian_ubuntu" / machine / "lib"
    found = sorted(folder.glob("libmsodbcsql-18*.so*"))
    if not found:
        sys.exit(f"no ODBC Driver 18 in {folder}; install Microsoft's own package msodbcsql18")
    return found[-1]


def main() -> None:
    """Print the file's content, or end with one line that says what is missing."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        sys.exit("mssql-python-odbc is not installed: pip install mssql-python-odbc")
    driver = driver_of(Path(spec.origin).parent, platform.machine())
    sys.stdout.write(
        "[ODBC Driver 18 for SQL Server]\n"
        "Description=Microsoft ODBC Driver 18 for SQL Server\n"
        f"Driver={driver}\n"
    )


if __name__ == "__main__":
    main()
