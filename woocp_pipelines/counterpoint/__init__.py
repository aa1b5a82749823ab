"""The ERP: tables, connections, keys, documents, stock, staging. No Dagster, no Flask, no HTTP."""
