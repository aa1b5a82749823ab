"""The pricing service beside a sandbox, in this process.

Belongs here: how demo and dev start it. In production it is a process of its own.
"""

from pricing_service.server import PricingServer, build_config
from woocp_pipelines.sandbox.opening import Sandbox


def sandbox_pricing(sandbox: Sandbox, *, port: int = 0) -> PricingServer:
    """The service over the sandbox's Counterpoint; 0 picks a free port."""
    settings = sandbox.settings
    # The saved book goes into the sandbox: a real one in WOOCP_HOME must survive this.
    own = settings.connections.model_copy(update={"home": sandbox.folder})
    return PricingServer(build_config(settings.model_copy(update={"connections": own})), port=port)
