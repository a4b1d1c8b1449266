import pytest

from runtime.failures import InvalidSettings
from runtime.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path_factory.mktemp("no .env"))


def test_a_setting_is_an_environment_variable_before_a_line_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(".env", "w") as file:
        file.write("PORT=1111\nWORKERS=3\nNOT_OURS=1\n")
    monkeypatch.setenv("PORT", "2222")

    settings = read_settings()

    assert (settings.port, settings.workers, settings.host) == (2222, 3, "127.0.0.1")


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert read_settings().database_url is None


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example/, https://b.example")

    assert read_settings().allowed_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT should be a whole number, not 'abc'."),
        ("PORT", "99999", "PORT should be at most 65535, not '99999'."),
        ("WORKERS", "0", "WORKERS should be at least 1, not '0'."),
        ("DEMO", "perhaps", "DEMO should be true or false, not 'perhaps'."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT should be 'text' or 'json', not 'xml'."),
        ("JWT_SECRET", "too short", "JWT_SECRET should be at least 32 characters long."),
        ("JWT_PREVIOUS_SECRETS", f"{'s' * 32}, too short", "JWT_PREVIOUS_SECRETS should be at least 32 characters long."),
        ("DATABASE_URL", "mysql://me:password@db", "DATABASE_URL should be a URL that begins with postgresql://."),
        (
            "SMTP_URL",
            "mail.example:25",
            "SMTP_URL should be a URL such as smtp://host, smtp://user:password@host:587?starttls or smtps://host.",
        ),
        (
            "SMTP_URL",
            "smtp://mail.example?tls",
            "SMTP_URL should be a URL such as smtp://host, smtp://user:password@host:587?starttls or smtps://host.",
        ),
        ("SMTP_URL", "smtp://", "SMTP_URL should be a URL such as smtp://host, smtp://user:password@host:587?starttls or smtps://host."),
        (
            "SMTP_URL",
            "smtp://mail.example:port",
            "SMTP_URL should be a URL such as smtp://host, smtp://user:password@host:587?starttls or smtps://host.",
        ),
        ("SMTP_URL", "smtp://me:password@mail", "SMTP_URL should be encrypted, with ?starttls or smtps://, where it has a password."),
        (
            "MAIL_FROM",
            "Box Office",
            "MAIL_FROM should be an e-mail address, or a name with one: Box Office <tickets@example.com>, not 'Box Office'.",
        ),
        ("REDIS_URL", "cache:6379", "REDIS_URL should be a URL that begins with redis://, rediss:// or unix://."),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidSettings) as told:
        read_settings()

    assert str(told.value) == sentence


def test_each_wrong_setting_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "abc")
    monkeypatch.setenv("WORKERS", "0")

    with pytest.raises(InvalidSettings) as told:
        read_settings()

    assert [line.split()[0] for line in str(told.value).splitlines()] == ["PORT", "WORKERS"]


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_secret_is_not_shown() -> None:
    assert "s" * 32 not in repr(read_settings(jwt_secret="s" * 32, jwt_previous_secrets="s" * 32))


def test_previous_secrets_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PREVIOUS_SECRETS", f"{'s' * 32}, {'t' * 32},")

    assert [secret.get_secret_value() for secret in read_settings().jwt_previous_secrets] == ["s" * 32, "t" * 32]
