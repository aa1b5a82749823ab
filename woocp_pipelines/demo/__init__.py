"""`woocp demo`: a fresh sandbox, every sync through Dagster, one contract price, and a report.

Belongs here: running the syncs in order and showing what came of it. Does not: any rule; what must
come out is stated in sandbox/retailer/.
"""
