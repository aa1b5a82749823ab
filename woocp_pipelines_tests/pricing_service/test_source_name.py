"""Two databases never share a saved book, and the name of none tells who connects."""

from urllib.parse import quote_plus

import pytest
from sqlalchemy import make_url

from pricing_service.source_name import describe_source

DSN = "mssql+pyodbc://sa:hush@CPDSN"
DEFINED = "[CPDSN]\nDriver=X\nServer=cp\nDatabase=Co\n"


def odbc(text):
    return f"mssql+pyodbc:///?odbc_connect={quote_plus(text)}"


def name_of(url, store="main"):
    return describe_source(make_url(url), "UTC", store)


@pytest.fixture(autouse=True)
def define(monkeypatch, tmp_path):
    """Writes this machine's data sources; without it there are none."""
    monkeypatch.setenv("ODBCINI", str(tmp_path / "own.ini"))
    monkeypatch.setenv("ODBCSYSINI", str(tmp_path))

    def write(text, file="own.ini"):
        (tmp_path / file).write_text(text, encoding="latin-1")

    return write


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mssql+pyodbc://sa:hush@cp:1433/Co?driver=X", "mssql server='cp,1433' database='Co'"),
        ("mssql+pyodbc://sa:hush@cp/A?driver=X&database=Co", "mssql server='cp' database='Co'"),
        ("mssql+pyodbc://sa:h;Server=ush@cp/Co?driver=X", "mssql server='cp' database='Co'"),
        ("mssql+pymssql://sa:hush@cp:1433/Co", "mssql server='cp:1433' database='Co'"),
        (odbc("DRIVER=X;SERVER=cp;DATABASE=Co;UID=sa;PWD=hush"),
         "mssql server='cp' database='Co'"),
        (odbc("Addr = {cp}; nonsense; database={C}}o} ;PWD={hush"),
         "mssql addr='cp' database='C}o'"),
        (odbc("Server=cp;Initial Catalog=Co"), "mssql server='cp' initial catalog='Co'"),
        ("sqlite:////srv/cp.db", "sqlite database='/srv/cp.db'"),
    ],
)  # fmt: skip
def test_a_database_is_named_by_server_and_database(url, expected):
    assert name_of(url) == f"{expected} UTC store='main'"


def test_another_store_has_another_name():
    url = "mssql+pyodbc://cp/Co?driver=X"
    assert name_of(url, "main") != name_of(url, "other")


@pytest.mark.parametrize("url", [DSN, odbc("DSN=CPDSN;UID=sa;PWD=hush"), odbc("dsn={cpdsn}")])
@pytest.mark.parametrize("file", ["own.ini", "odbc.ini"])
def test_a_data_source_is_named_by_what_it_stands_for(define, url, file):
    define(DEFINED, file)
    first = name_of(url)
    assert "server='cp' database='Co' UTC" in first
    define(DEFINED.replace("=Co", "=Practice"), file)
    assert name_of(url) != first
    define(DEFINED.replace("=cp", "=elsewhere"), file)
    assert name_of(url) != first


def test_the_users_definition_counts_before_the_machines(define):
    define(DEFINED.replace("=cp", "=other"), "odbc.ini")
    define(DEFINED)
    assert "server='cp'" in name_of(DSN)


def test_what_the_url_says_itself_counts_before_the_definition(define):
    define(DEFINED)
    assert "server='cp' " in name_of(f"{DSN}?Database=Live")
    assert "database='Live'" in name_of(f"{DSN}?Database=Live")
    assert "Co" not in name_of(f"{DSN}?Database=Live")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[ODBC Data Sources]\nCPDSN=X\n[OTHER]\nServer=cp\nDatabase=Co\n",
        "[DEFAULT]\nServer=cp\nDatabase=Co\n",
        "[CPDSN]\nServer=cp\n",
        "[CPDSN]\nDatabase=Co\n",
        "[CPDSN]\nServername=in freetds.conf\nDatabase=Co\n",
        f"{DEFINED}[cpdsn]\nServer=other\nDatabase=Co\n",
        f"{DEFINED}{DEFINED}",
        f"no section\n{DEFINED}",
    ],
)
def test_a_data_source_that_does_not_tell_server_and_database_has_no_name(define, text):
    define(text)
    assert name_of(DSN) is None


@pytest.mark.parametrize(
    "text",
    ["; one\n[ CPDSN ]\n  Server = cp\n# two\n   Database = Co\n\nTrace\n",
     "[other]\nPassword=%(x)s\xe9\n[cpdsn]\nSERVER=cp\nDATABASE=Co\n"],
)  # fmt: skip
def test_a_definition_is_read_as_the_driver_manager_reads_it(define, text):
    define(text)
    assert name_of(DSN) == "mssql dsn='CPDSN' server='cp' database='Co' UTC store='main'"


@pytest.mark.parametrize(
    "url",
    [odbc("FILEDSN=/srv/cp.dsn;Server=cp;Database=Co"), "mssql+pyodbc://sa:hush@cp/?driver=X",
     "mssql+pymssql:///Co", "sqlite://"],
)  # fmt: skip
def test_without_a_server_or_a_database_there_is_no_name(url):
    assert name_of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        f"{DSN}?APP=shop",
        f"{DSN}?AccessToken=hush&UID=sa",
        odbc("Database=Co;Server=cp;UID=sa;PWD={ab;Database=hush}"),
        odbc("Database=Co;Server=cp;UID=sa;PWD={a}}b;Database=hush}"),
        odbc("Database=Co;Server=cp;UID=sa;PWD={ab;Database=hush"),
        odbc("Database=Co;Server=cp;UID=sa;PWD={a}}b;Database=hush"),
        odbc("Server=cp;User ID=sa;Password = {ab;DSN=hush};Database=Co"),
        "mssql+pymssql://sa:hush@cp/Co?password=hush&user=sa",
    ],
)
def test_no_name_tells_the_user_or_a_part_of_the_password(define, url):
    define(f"{DEFINED}UID=sa\nPWD=hush\n")
    assert not {"hush", "sa", "'sa'"} & set(name_of(url).replace("=", " ").split())
    assert "hush" not in name_of(url)
