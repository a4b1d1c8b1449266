"""Every setting of Box Office: an environment variable or a line in `.env`, with the name of its field in capitals."""

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from runtime.failures import InvalidSettings
from runtime.keys import private_key, public_key

_WANTED: Final = {
    "int_parsing": "a whole number",
    "bool_parsing": "true or false",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} characters long",
}
"""What an error of pydantic means for a setting, where its own words would be odd."""

Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Secret = Annotated[SecretStr, Field(min_length=32)]


class Settings(BaseSettings):
    """Read once, when a process starts. `read_settings` says what is wrong in words."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="The address to listen on; 0.0.0.0 for every network.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes any that is unused.")
    workers: Positive = Field(1, description="How many processes serve.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may call from a browser, separated by commas, besides our own."
    )

    state_dir: Path = Field(Path(".state"), description="The folder for the embedded servers' data and for generated secrets.")
    database_url: str | None = Field(None, description="PostgreSQL 15 to 18, as postgresql://…; without it an embedded one is started.")
    migration_database_url: str | None = Field(None, description="What migrations use, where they need other rights; else DATABASE_URL.")
    redis_url: str | None = Field(None, description="Redis or Valkey, as redis://…, rediss://… or unix://…; without it an embedded one.")
    database_pool: Positive = Field(
        20, description="The most connections to PostgreSQL that one process opens for the box office, and again for all else."
    )
    demo: bool = Field(True, description="Fill an empty database with demo data at the first start.")
    pages: bool = Field(True, description="Serve the pages for people as well: the app, and GraphiQL to browsers; false for the API alone.")

    jwt_secret: SecretStr | None = Field(
        None, min_length=32, description="What signs access tokens, at least 32 characters; without it one is made and kept in STATE_DIR."
    )
    jwt_previous_secrets: Annotated[tuple[Secret, ...], NoDecode] = Field(
        (), description="Secrets whose access tokens are still accepted, though none is signed with them, separated by commas."
    )
    ticket_signing_key: SecretStr | None = Field(
        None, description="What signs entry codes: an Ed25519 key as PEM, or its 32 bytes in base64; without it one is made in STATE_DIR."
    )
    ticket_previous_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Public keys, as PEM or base64, whose entry codes are still good, or will be; separated by commas."
    )
    access_token_seconds: Positive = Field(30 * 60, description="How long an access token is good for.")
    refresh_token_seconds: Positive = Field(30 * 24 * 3600, description="How long a refresh token is good for.")

    hold_seconds: Positive = Field(300, description="How long a pending booking holds its places.")
    extension_seconds: Positive = Field(300, description="How much longer it holds them while it is being paid.")
    max_places: Positive = Field(10, le=31, description="The most places in one booking.")
    cancellation_window_hours: int = Field(
        24,
        ge=0,
        description="Until how long before the start a confirmed booking can be cancelled, where its event has no policy of its own.",
    )
    offer_seconds: Positive = Field(900, description="How long places that became free are kept for the head of the waitlist.")
    payment_wait_seconds: Positive = Field(
        10, description="How long an answer waits for the gateway before it says that it is not settled yet."
    )

    stripe_api_key: SecretStr | None = Field(None, description="Stripe's secret key, sk_… or rk_…; without it there is no Stripe.")
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="What Stripe signs its webhooks with, whsec_…; without it /webhooks/stripe is not there."
    )
    stripe_api_base: str | None = Field(None, description="Where Stripe's API is, for a proxy; without it, where Stripe has it.")
    payment_gateway: Literal["sandbox", "stripe"] = Field(
        "sandbox", description="Who charges new payments: the sandbox, which charges nobody, or Stripe, which needs STRIPE_API_KEY."
    )

    queue_limit: Positive = Field(2048, description="The most commands that wait for one event in one process; more are told to retry.")
    batch_limit: Positive = Field(256, description="The most commands in one commit.")

    rate_limits: bool = Field(True, description="Whether the limits below hold at all; false to test under load.")
    rate_limit_anonymous: NotNegative = Field(
        100, description="Operations a minute from one address without a token; 0 for no limit, here and below."
    )
    rate_limit_authenticated: NotNegative = Field(200, description="Operations a minute of one user.")
    rate_limit_booking: NotNegative = Field(
        10, description="Bookings that one user may make, confirm, extend or cancel, and tickets they may hand on, in a minute."
    )
    rate_limit_admin: NotNegative = Field(1000, description="Operations a minute of an admin, bookings among them.")
    rate_limit_log_in_account: NotNegative = Field(
        10, description="Wrong passwords for one account within 15 minutes: of log-ins, and apart from them of changes."
    )
    rate_limit_log_in_address: NotNegative = Field(50, description="Wrong passwords from one address within 15 minutes.")

    micro_cache_ms: NotNegative = Field(
        500, description="How old an answer may be that everybody may see, so that all who ask meanwhile share it; 0 keeps none."
    )
    introspection: bool = Field(True, description="Whether clients may ask for the schema.")
    trusted_documents: Path | None = Field(
        None, description="A manifest of persisted documents, Apollo's or a map of hash to text: no others are run then."
    )
    operation_limit_document_bytes: NotNegative = Field(131_072, description="The longest document; 0 for no limit, here and below.")
    operation_limit_tokens: NotNegative = Field(2_000, description="Words and marks of a document.")
    operation_limit_fields: NotNegative = Field(2_000, description="Fields of a document's operations, fragments followed.")
    operation_limit_overlaps: NotNegative = Field(
        5_000, description="Pairs of fields, and of fragments, that answer under one name in one place."
    )
    operation_limit_depth: NotNegative = Field(16, description="Fields within fields.")
    operation_limit_aliases: NotNegative = Field(30, description="Fields that answer under another name than their own.")
    operation_limit_root_fields: NotNegative = Field(20, description="Fields of an operation itself.")
    operation_limit_directives: NotNegative = Field(50, description="Directives of an operation.")
    operation_limit_list_items: NotNegative = Field(10_000, description="Items of lists in a document and its variables together.")
    operation_limit_cost: NotNegative = Field(10_000, description="What an operation may cost; X-Debug-Cost: 1 tells what one does.")

    body_bytes: Positive = Field(1_000_000, description="The longest body of a request.")
    body_seconds: Positive = Field(15, description="How long a body may take to come.")
    frame_bytes: Positive = Field(65_536, description="The longest message of a client on a WebSocket.")
    socket_init_seconds: Positive = Field(10, description="How long a WebSocket may take to say connection_init.")
    socket_operations: Positive = Field(100, description="The most operations of one WebSocket at a time.")
    socket_subscribes_per_second: NotNegative = Field(
        50, description="How many operations a second one WebSocket may begin; 0 for no limit."
    )
    socket_subscribes_at_once: Positive = Field(100, description="How many it may begin at once, after a pause.")
    socket_idle_seconds: NotNegative = Field(900, description="How long a WebSocket may have no operation before it is closed; 0 for ever.")
    stuck_seconds: Positive = Field(30, description="How long a client may leave unread what it was sent, before it is hung up on.")

    smtp_url: str | None = Field(
        None,
        description="The mail server, as smtp://user:password@host:587?starttls or smtps://host; smtp://host speaks plainly. "
        "Without it e-mail is written into STATE_DIR/outbox, as .eml files.",
    )
    mail_from: str = Field("Box Office <no-reply@boxoffice.test>", description="Whom e-mail is from.")
    notification_attempts: Positive = Field(
        10, description="How often an e-mail or SMS is tried that is refused for now, before it is given up."
    )
    notification_retry_seconds: Positive = Field(30, description="The wait after the first try; it doubles with each, up to an hour.")
    notification_concurrency: Positive = Field(4, description="The most e-mails and SMS that one process sends at a time.")

    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="The OpenTelemetry collector traces are sent to over HTTP, such as http://localhost:4318; without it none are."
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Logs for people, or one JSON object per line.")

    @property
    def rates(self) -> dict[str, int]:
        """The values of `rate_limit_…` by the rest of their names; none where they do not hold."""
        prefix = "rate_limit_"
        return {name.removeprefix(prefix): value for name, value in self if self.rate_limits and name.startswith(prefix)}

    @property
    def operation_limits(self) -> dict[str, int]:
        """The values of `operation_limit_…` by the rest of their names."""
        prefix = "operation_limit_"
        return {name.removeprefix(prefix): value for name, value in self if name.startswith(prefix)}

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [origin.strip().rstrip("/") for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value

    @field_validator("jwt_previous_secrets", "ticket_previous_keys", mode="before")
    @classmethod
    def _split_secrets(cls, value: object) -> object:
        return [secret.strip() for secret in value.split(",") if secret.strip()] if isinstance(value, str) else value

    @field_validator("ticket_signing_key")
    @classmethod
    def _is_private_key(cls, key: SecretStr | None) -> SecretStr | None:
        try:
            if key is not None:
                private_key(key.get_secret_value())
        except ValueError:
            raise ValueError("it should be an Ed25519 private key, as PEM or as its 32 bytes in base64") from None
        return key

    @field_validator("ticket_previous_keys")
    @classmethod
    def _are_public_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for key in keys:
                public_key(key)
        except ValueError:
            raise ValueError("it should be Ed25519 public keys, as PEM or as their 32 bytes in base64, separated by commas") from None
        return keys

    @field_validator("database_url", "migration_database_url")
    @classmethod
    def _is_postgres(cls, url: str | None) -> str | None:
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("it should be a URL that begins with postgresql://")
        return url

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str | None) -> str | None:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it should be a URL that begins with redis://, rediss:// or unix://")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, url: str | None) -> str | None:
        wanted = "it should be a URL such as smtp://host, smtp://user:password@host:587?starttls or smtps://host"
        try:
            parts = urlsplit(url or "smtp://localhost")
            _ = parts.port
        except ValueError:
            raise ValueError(wanted) from None
        known = parts.scheme in ("smtp", "smtps") and parts.query in ("", "starttls") and parts.path in ("", "/")
        if not known or not parts.hostname:
            raise ValueError(wanted)
        is_encrypted = parts.scheme == "smtps" or parts.query == "starttls"
        if parts.password and not is_encrypted and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("it should be encrypted, with ?starttls or smtps://, where it has a password")
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, text: str) -> str:
        try:
            validate_email(parseaddr(text)[1], check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise ValueError("it should be an e-mail address, or a name with one: Box Office <tickets@example.com>") from None
        if not text.isprintable():
            raise ValueError("it should be one line")
        return text

    @field_validator("stripe_api_base")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("it should be a URL that begins with https://")
        return url.rstrip("/") if url else url

    @field_validator("payment_gateway")
    @classmethod
    def _has_its_key(cls, gateway: str, info: ValidationInfo) -> str:
        if gateway == "stripe" and not info.data.get("stripe_api_key"):
            raise ValueError("it should be sandbox as long as there is no STRIPE_API_KEY")
        return gateway

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _is_collector(cls, url: str | None) -> str | None:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("it should be a URL that begins with http:// or https://")
        return url

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


def read_settings(**given: object) -> Settings:
    """What is given, then the environment, then `.env`, then the defaults. Raises InvalidSettings, which never repeats a secret."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as invalid:
        raise InvalidSettings("\n".join(_sentence(error) for error in invalid.errors())) from None


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0]).upper()
    ours = _WANTED.get(error["type"], "").format(**error.get("ctx", {}))
    wanted = ours or error["msg"].removeprefix("Value error, it should be ").removeprefix("Input should be ")
    value = "" if name.endswith(("_SECRET", "_SECRETS", "_URL", "_KEY", "_KEYS")) else f", not {error['input']!r}"
    return f"{name} should be {wanted}{value}."
