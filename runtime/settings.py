"""Every setting of Box Office: an environment variable or a line in `.env`, with the name of its field in capitals."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from runtime.failures import InvalidSettings

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

    jwt_secret: SecretStr | None = Field(
        None, min_length=32, description="What signs access tokens, at least 32 characters; without it one is made and kept in STATE_DIR."
    )
    access_token_seconds: Positive = Field(30 * 60, description="How long an access token is good for.")
    refresh_token_seconds: Positive = Field(30 * 24 * 3600, description="How long a refresh token is good for.")

    hold_seconds: Positive = Field(300, description="How long a pending booking holds its places.")
    extension_seconds: Positive = Field(300, description="How much longer it holds them while it is being paid.")
    max_places: Positive = Field(10, le=31, description="The most places in one booking.")
    cancellation_window_hours: int = Field(24, ge=0, description="Until how long before the start a confirmed booking can be cancelled.")
    payment_wait_seconds: Positive = Field(
        10, description="How long an answer waits for the gateway before it says that it is not settled yet."
    )

    queue_limit: Positive = Field(2048, description="The most commands that wait for one event in one process; more are told to retry.")
    batch_limit: Positive = Field(256, description="The most commands in one commit.")

    rate_limits: bool = Field(True, description="Whether the limits below hold at all; false to test under load.")
    rate_limit_anonymous: NotNegative = Field(
        100, description="Operations a minute from one address without a token; 0 for no limit, here and below."
    )
    rate_limit_authenticated: NotNegative = Field(200, description="Operations a minute of one user.")
    rate_limit_booking: NotNegative = Field(10, description="Bookings that one user may make, confirm, extend or cancel in a minute.")
    rate_limit_admin: NotNegative = Field(1000, description="Operations a minute of an admin, bookings among them.")
    rate_limit_log_in_account: NotNegative = Field(10, description="Log-ins to one account that may fail within 15 minutes.")
    rate_limit_log_in_address: NotNegative = Field(50, description="Log-ins from one address that may fail within 15 minutes.")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Logs for people, or one JSON object per line.")

    @property
    def rates(self) -> dict[str, int]:
        """The values of `rate_limit_…` by the rest of their names; none where they do not hold."""
        prefix = "rate_limit_"
        return {name.removeprefix(prefix): value for name, value in self if self.rate_limits and name.startswith(prefix)}

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [origin.strip().rstrip("/") for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value

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
    value = "" if name.endswith(("_SECRET", "_URL")) else f", not {error['input']!r}"
    return f"{name} should be {wanted}{value}."
