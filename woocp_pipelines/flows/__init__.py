"""Each sync once: read, decide, write, report. No Dagster; called by the CLI and by defs."""
