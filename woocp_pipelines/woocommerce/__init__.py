"""The store: WooCommerce's REST API as plain functions over one HTTP client. No Dagster, no SQL."""
