"""What is read as an e-mail address. What the desk does with accounts is told in tests/api."""

import pytest

from web.auth import parse_email


def is_address(text: str) -> bool:
    try:
        parse_email(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ann@example.org", "ann@example.org"),
        ("Ann.Bee+tickets@Example.ORG", "Ann.Bee+tickets@example.org"),
        ("admin@boxoffice.test", "admin@boxoffice.test"),
        ("ann@münchen.de", "ann@münchen.de"),
        ("ann@xn--mnchen-3ya.de", "ann@münchen.de"),
        ("ann@MÜNCHEN.DE", "ann@münchen.de"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("用户@例え.jp", "用户@例え.jp"),
    ],
)
def test_an_address_is_kept_in_its_normal_form(written: str, kept: str) -> None:
    assert parse_email(written).text == kept


def test_one_domain_in_two_spellings_is_one_address() -> None:
    assert parse_email("ANN@MÜNCHEN.de").key == parse_email("ann@xn--mnchen-3ya.DE").key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ann",
        "ann@",
        "@example.org",
        "ann@example",
        "ann@localhost",
        "ann@@example.org",
        "ann@example..org",
        "ann.@example.org",
        "ann bee@example.org",
        '"ann bee"@example.org',
        "Ann <ann@example.org>",
        "ann@[127.0.0.1]",
        "ann@example.org\n",
        "ann@example.org\0",
        "ann\0@example.org",
        "ann\u202e@example.org",
        "ann\ud800@example.org",
        "ann@exam\ud800ple.org",
        "a" * 65 + "@example.org",
        "a" * 250 + "@example.org",
        "a@" + "b." * 500_000 + "org",
        "ann@xn--zzzzzzzz99999.de",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_address(text)
