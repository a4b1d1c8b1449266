"""How settings become what GraphQL may be asked, and what one client may take."""

from engine.engine import Engine
from engine.limits import OperationLimits
from engine.trusted import TrustedDocuments
from resolvers.root import make_schema
from runtime.failures import InvalidSettings
from runtime.settings import Settings
from web.edge import Limits


def engine_of(settings: Settings) -> Engine:
    """The engine; raises InvalidSettings where there is no manifest of trusted documents, or one that does not fit the schema."""
    limits = OperationLimits(**settings.operation_limits, introspection=settings.introspection)
    manifest = settings.trusted_documents
    try:
        trusted = TrustedDocuments.read(manifest) if manifest is not None else None
        return Engine(make_schema(), limits, trusted=trusted, max_age_ms=settings.micro_cache_ms)
    except (OSError, ValueError) as wrong:
        raise InvalidSettings(f"TRUSTED_DOCUMENTS: {wrong}") from None


def limits_of(settings: Settings) -> Limits:
    """What one client may take."""
    return Limits(
        body_bytes=settings.body_bytes,
        body_seconds=settings.body_seconds,
        frame_bytes=settings.frame_bytes,
        init_seconds=settings.socket_init_seconds,
        operations_per_socket=settings.socket_operations,
        subscribes_per_second=settings.socket_subscribes_per_second,
        subscribes_at_once=settings.socket_subscribes_at_once,
        idle_seconds=settings.socket_idle_seconds,
        stuck_seconds=settings.stuck_seconds,
    )
