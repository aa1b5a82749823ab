"""Alerts: messages about open problems, and the ways they go. Knows nothing of Dagster."""
