"""The vendor's database as the reference describes it, built empty (design §7, CP chapters 1, 2).

Belongs here: tables of `vendor.json` and the retailer's own USER_* tables of `retailer.json`, as
they were before woocp. Does not: rows (sandbox/seeding.py), what woocp adds (migrations).
"""

from woocp_pipelines.sandbox.schema.building import (
    create_retailer_tables,
    create_vendor_tables,
    retailer_tables,
    vendor_tables,
)

__all__ = ["create_retailer_tables", "create_vendor_tables", "retailer_tables", "vendor_tables"]
