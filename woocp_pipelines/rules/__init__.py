"""Pure business rules: no I/O, no clock of their own, no Dagster. The heart; read this first."""
