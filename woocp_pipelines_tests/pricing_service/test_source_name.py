"""Two databases never share a saved book, and the name of none tells who connects."""

from urllib.parse import quote_plus

import pytest
from sqlalchemy import make_url

from pricing_service.source_name import describe_source

DSN = "mssql+pyodbc://sa:hush@CPDSN"


def odbc(text):
    return f"mssql+pyodbc:///?odbc_connect={quote_plus(text)}"


def name_of(url):
    return describe_source(make_url(url), "UTC")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mssql+pyodbc://sa:hush@cp:1433/Co?driver=X", "mssql server='cp,1433' database='Co' UTC"),
        ("mssql+pyodbc://sa:hush@cp/A?driver=X&database=Co", "mssql server='cp' database='Co' UTC"),
        ("mssql+pyodbc://sa:h;Server=ush@cp/Co?driver=X", "mssql server='cp' database='Co' UTC"),
        ("mssql+pymssql://sa:hush@cp:1433/Co", "mssql server='cp:1433' database='Co' UTC"),
        (f"{DSN}?Database=Live", "mssql dsn='CPDSN' database='Live' UTC"),
        (f"{DSN}?Initial+Catalog=Live", "mssql dsn='CPDSN' initial catalog='Live' UTC"),
        (odbc("DRIVER=X;SERVER=cp;DATABASE=Co;UID=sa;PWD=hush"),
         "mssql server='cp' database='Co' UTC"),
        (odbc("Addr = {cp}; nonsense; database={C}}o} ;PWD={hush"),
         "mssql addr='cp' database='C}o' UTC"),
        ("sqlite:////srv/cp.db", "sqlite database='/srv/cp.db' UTC"),
    ],
)  # fmt: skip
def test_a_database_is_named_by_server_and_database(url, expected):
    assert name_of(url) == expected


@pytest.mark.parametrize(
    "one",
    [f"{DSN}?Database={{}}", f"{DSN}?DATABASE={{}}", f"{DSN}?WSID={{}}", "mssql+pyodbc://{}"],
)
def test_another_database_has_another_name(one):
    assert name_of(one.format("LIVE")) != name_of(one.format("PRACTICE"))


@pytest.mark.parametrize(
    "url",
    [
        f"{DSN}?APP=shop",
        f"{DSN}?AccessToken=hush&UID=sa",
        odbc("Server=cp;UID=sa;PWD={ab;Database=hush}"),
        odbc("Server=cp;UID=sa;PWD={a}}b;Database=hush}"),
        odbc("Server=cp;UID=sa;PWD={ab;Database=hush"),
        odbc("Server=cp;UID=sa;PWD={a}}b;Database=hush"),
        odbc("Server=cp;User ID=sa;Password = {ab;DSN=hush};Database=Co"),
        "mssql+pymssql://sa:hush@cp/?password=hush&user=sa",
    ],
)
def test_no_name_tells_the_user_or_a_part_of_the_password(url):
    assert not {"hush", "sa", "'sa'"} & set(name_of(url).replace("=", " ").split())
    assert "hush" not in name_of(url)
