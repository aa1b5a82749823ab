"""Doctor: asks both systems, judges the answers, and keeps writing from starting on red ones.

Asking one system: store_checks.py, database_checks.py, code_checks.py, history_checks.py. All
together: examining.py. The gate before every apply run: gate.py.
"""
