"""The code location that workspace.yaml names: `defs`, made from the environment's settings.

Importing it reads the environment and woocp.toml and nothing else: no network, no database.
Without connection variables it is the sandbox's, and says so everywhere. Whoever has settings of
their own (demo, tests) calls `build_defs` of woocp_pipelines.defs.assembly instead.

Settings that cannot be used raise SettingsError, which Dagster shows as the location's error.
"""

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.settings_loading import load_settings

defs = build_defs(load_settings(allow_sandbox=True, need=("database", "store")))
