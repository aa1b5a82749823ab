"""Packaging of woocp: one distribution, two deployables (see README.md)."""

from setuptools import find_packages, setup

# Ranges say what the code needs; constraints.txt pins the exact set that is tested.
DATA = [
    "sqlalchemy>=2.0.30,<2.1",  # 2.1 breaks dagster-postgres (it reads postgresql:// as psycopg 3)
    "alembic>=1.13",  # migrations of the USER_* tables
    "pydantic>=2.7,<3",  # settings and request validation; also what dagster uses
    "pydantic-settings>=2.3",  # environment and .env
    "typing-extensions>=4.12",  # pydantic wants its TypedDict before Python 3.12
    "requests>=2.32",
    "requests-oauthlib>=2.0",  # WooCommerce over plain http accepts OAuth 1.0a only
    "tenacity>=9",  # retries
    "lark>=1.2",  # grammar of Counterpoint's price rule filters
    "tzdata>=2024.1",  # Windows has no time zone database of its own
    "filelock>=3.13",  # flow locks beside a SQLite file, and who serves the sandbox
    "typer>=0.12",  # the woocp command
    "rich>=13",
]
SERVING = [  # pricing service and sandbox store
    "flask>=3.0",
    "waitress>=3.0",
    "prometheus-client>=0.20",  # /metrics
]

setup(
    name="woocp",
    version="0.1.0",
    description="WooCommerce and NCR Counterpoint, kept in step by Dagster",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["woocp_pipelines*", "pricing_service*"]),
    package_data={
        "woocp_pipelines": [
            "py.typed",
            "counterpoint/migrations/script.py.mako",
            "dev/dagster.yaml",
            "sandbox/schema/*.json",
            "sandbox/woocp.toml",
        ],
        "pricing_service": ["py.typed"],
    },
    install_requires=[
        *DATA,
        *SERVING,
        # The newest pair that resolves: dagster-webserver pins dagster to its own version.
        "dagster>=1.13.27,<1.14",
        "dagster-webserver>=1.13.27,<1.14",
        "pandas>=2.2,<4",
    ],
    extras_require={
        # What a machine needs that runs the pricing service only: no orchestrator.
        "pricing": [*DATA, *SERVING],
        # Microsoft's ODBC Driver 18 is installed apart from pip (docs/11-sql-server.md).
        "sqlserver": ["pyodbc>=5.1"],
        # Dagster's runs in PostgreSQL instead of SQLite (deploy/). 0.29.x goes with dagster 1.13.x.
        "production": ["dagster-postgres>=0.29.27,<0.30"],
        "dev": [
            "pytest>=8",
            "pytest-xdist>=3.6",
            "setuptools>=68",  # the packaging test; Python 3.12 brings none of its own
            "hypothesis>=6.100",
            "schemathesis>=4.0",  # holds the running service to its OpenAPI document
            "aiosmtpd>=1.4.6",  # a real mail server for the tests of alerts
            "trustme>=1.2",  # and its certificate
            "playwright>=1.65",  # drives the browser of one test; Chromium comes from Debian
            "ruff>=0.6",
            "mypy>=1.11",
            "import-linter>=2.0",
            "pre-commit>=3.7",
            "types-requests",
            "types-requests-oauthlib",
            "pandas-stubs",
            "pyodbc>=5.1",
            "dagster-postgres>=0.29.27,<0.30",  # deploy/ is tested on PostgreSQL
        ],
    },
    entry_points={
        "console_scripts": [
            "woocp = woocp_pipelines.cli:main",
            "woocp-pricing = pricing_service.server:main",
        ],
    },
)
