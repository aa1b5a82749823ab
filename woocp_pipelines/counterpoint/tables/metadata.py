"""One MetaData for every table that woocp names."""

from sqlalchemy import MetaData

METADATA = MetaData()
