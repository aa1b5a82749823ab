"""Everything that Dagster sees: assets, checks, jobs, schedules, sensors, one resource.

Belongs here: how flows appear in Dagster. Does not: what a flow does (woocp_pipelines/flows).
A subject has a package (assets.py, checks.py, ops.py); jobs, schedules and sensors are lists.
"""
