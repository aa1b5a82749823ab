"""`woocp dev`: everything on one machine, for trying and for developing. Not for production.

Belongs here: Dagster's home folder and the processes of `woocp dev`. `woocp demo` shares the
folder, so that its runs are seen in the UI afterwards.
"""
