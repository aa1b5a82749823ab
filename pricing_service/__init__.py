"""The contract-pricing service: answers "what does this cost for them" over HTTP (CP §5.8).

Belongs here: the application factory. The rules are in woocp_pipelines.counterpoint.prices; this
package holds HTTP, keys and the life of the price book. It never imports Dagster.
"""

from flask import Flask

from pricing_service.config import ServiceConfig
from pricing_service.edge import Edge
from pricing_service.errors import register_errors
from pricing_service.health import HEALTH
from pricing_service.metrics import Metrics
from pricing_service.metrics_routes import METRICS
from pricing_service.routes import PRICES
from pricing_service.v1.openapi import OPENAPI
from pricing_service.v1.routes import V1

# A batch of the largest size allowed is below 100 kB; Waitress's own default is 1 GB.
MAX_BODY_BYTES = 1_000_000


def create_app(config: ServiceConfig) -> Flask:
    """The application; `config.keeper` must have been asked to load its book by the caller."""
    app = Flask("pricing_service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions["pricing"] = config
    app.register_blueprint(PRICES)
    app.register_blueprint(V1)
    app.register_blueprint(OPENAPI)
    app.register_blueprint(HEALTH)
    app.register_blueprint(METRICS)
    register_errors(app)
    metrics = app.extensions["pricing_metrics"] = Metrics(config.keeper, config.memo)
    paths = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]
    app.wsgi_app = Edge(app.wsgi_app, config, metrics, paths)  # type: ignore[method-assign]
    return app
