"""The two routes of metrics: the shape of CP §5.8, and Prometheus.

Belongs here: who may see them. Does not: what is counted (metrics.py).
"""

import ipaddress
from typing import Final, cast

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from pricing_service.config import service
from pricing_service.metrics import Metrics
from pricing_service.security import admit, require

METRICS: Final = Blueprint("metrics", __name__)


@METRICS.get("/api/metrics")
@require("metrics")
def old_metrics() -> Response:
    """Six figures in the shape that monitors of the service in production read."""
    return jsonify(_metrics().old_shape())


@METRICS.get("/metrics")
def prometheus() -> Response:
    """Everything, for Prometheus; with `open_metrics` this very machine needs no key."""
    if not (service().open_metrics and _is_from_this_machine()):
        admit("metrics")
    return Response(generate_latest(_metrics().registry), content_type=CONTENT_TYPE_LATEST)


def _metrics() -> Metrics:
    return cast("Metrics", current_app.extensions["pricing_metrics"])


def _is_from_this_machine() -> bool:
    # Through a reverse proxy on this machine the whole world comes from 127.0.0.1.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
