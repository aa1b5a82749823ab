"""The keys that every answer of `woocp sync --json` has, also that of a failed run."""

CONTRACT = {
    "flow",
    "mode",
    "seconds",
    "read",
    "written",
    "unchanged",
    "refused",
    "waiting",
    "problems",
}
