"""The rules of registering, of profiles and of passwords."""

import pytest

from domain.account_rules import check_log_in, check_password_change, check_profile, check_registration
from domain.accounts import LogInForm, PasswordChangeForm, ProfileChange, Registration, RegistrationForm
from domain.keep import KEEP
from domain.users import EmailAddress, username_key
from domain.validation import InvalidInput, Problem

ASTRAL = "\U0001d504"  # a letter beyond the first 65,536 characters
COMPOSED, DECOMPOSED = "Jos\u00e9", "Jose\u0301"


def parse_email(text: str) -> EmailAddress:
    """Whatever has an @ will do for an address here: their syntax is not the rules' business."""
    if "@" not in text:
        raise ValueError("no @")
    return EmailAddress(text)


def a_form(
    email: str = "ann@example.org", password: str = "Passw0rd", name: str = "Ann", username: str | None = None, phone: str | None = None
) -> RegistrationForm:
    return RegistrationForm(email, password, name, username=username, phone=phone)


def problems_of(answer: object) -> set[str]:
    assert isinstance(answer, InvalidInput)
    return {problem.field for problem in answer.problems}


def test_a_form_that_keeps_the_rules_becomes_a_registration() -> None:
    form = a_form(" ann@example.org ", name="  Ann Bee ", username="Ann_B", phone="+44 (20) 7946-0018")

    answer = check_registration(form, parse_email)

    assert answer == Registration(EmailAddress("ann@example.org"), "Ann Bee", "Ann_B", "+442079460018")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    form = a_form("nowhere", "short", "A", "no spaces", "call me")

    answer = check_registration(form, parse_email)

    assert problems_of(answer) == {"email", "password", "name", "username", "phone"}


@pytest.mark.parametrize(
    "name",
    [
        "Al",
        "A" * 100,
        "محمد علي",
        "עדה לאבלייס",
        "李白",
        f"{ASTRAL}{ASTRAL}",
        "O'Neil-Smith, Jr.",
        "🎭🎭",
        "Zoe\u200d Ann",  # a joiner, as several scripts need
        "x" * 99 + "e\u0301",  # 101 characters, 100 once they are composed
    ],
)
def test_people_have_all_kinds_of_names(name: str) -> None:
    assert isinstance(check_registration(a_form(name=name), parse_email), Registration)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "   A   ",
        "A" * 101,
        "A" * 1_000_000,
        "\u0301" * 1_000_000,
        "Ann\0Bee",
        "Ann\nBcc: all@example.org",
        "Ann\u2028Bee",
        "Ann\ud800",
        "\u200b\u200b\u200b",
        "   ",
    ],
)
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    assert problems_of(check_registration(a_form(name=name), parse_email)) == {"name"}


def test_a_name_is_kept_composed() -> None:
    answer = check_registration(a_form(name=DECOMPOSED), parse_email)

    assert isinstance(answer, Registration)
    assert answer.name == COMPOSED


@pytest.mark.parametrize("password", ["Passw0rd", "P" + "0" * 255, "ÄÖÜ ß 1 x", "Пароль 7", f"X٣{ASTRAL * 6}", "  A 1    "])
def test_a_password_has_8_characters_an_upper_case_letter_and_a_digit(password: str) -> None:
    assert isinstance(check_registration(a_form(password=password), parse_email), Registration)


@pytest.mark.parametrize(
    "password", ["", "Passw0r", "passw0rd", "Password", "PASSWÖRD", "P" + "0" * 256, "P0" * 500_000, "Passw0rd\0", "Passw0rd\ud800"]
)
def test_a_password_that_breaks_the_rules_is_refused(password: str) -> None:
    assert problems_of(check_registration(a_form(password=password), parse_email)) == {"password"}
    assert problems_of(check_password_change(PasswordChangeForm("whatever", password))) == {"newPassword"}


@pytest.mark.parametrize("username", ["ann", "Ann", "a.b-c_d", "007", "x" * 30])
def test_a_username_has_3_to_30_plain_characters(username: str) -> None:
    answer = check_registration(a_form(username=username), parse_email)

    assert isinstance(answer, Registration)
    assert answer.username == username


@pytest.mark.parametrize("username", ["", "an", "x" * 31, "ann bee", "ann@example.org", "änn", "ann\n", "ann\0", "a\u0430n", "ann٣"])
def test_what_cannot_be_a_username_is_refused(username: str) -> None:
    assert problems_of(check_registration(a_form(username=username), parse_email)) == {"username"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+442079460018", "+442079460018"),
        ("+1 (555) 010-9999", "+15550109999"),
        ("030/1234567", "0301234567"),
        ("030 1234567", "0301234567"),
        ("   ", None),
        (None, None),
    ],
)
def test_a_phone_number_is_kept_as_its_digits(written: str | None, kept: str | None) -> None:
    answer = check_registration(a_form(phone=written), parse_email)

    assert (answer.phone if isinstance(answer, Registration) else None) == kept


@pytest.mark.parametrize(
    "phone", ["123456", "1" * 16, "1" * 100_000, "+", "++4420794600", "44+20794600", "call me", "٠٣٠١٢٣٤٥٦٧", "1234567\0"]
)
def test_what_cannot_be_a_phone_number_is_refused(phone: str) -> None:
    assert problems_of(check_registration(a_form(phone=phone), parse_email)) == {"phone"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann@example.org", "ann@EXAMPLE.org", True),
        (f"{COMPOSED}@x.org", f"{DECOMPOSED}@x.org", True),
        (f"{COMPOSED.upper()}@x.org", f"{DECOMPOSED}@x.org", True),
        ("anna@example.org", "ann@example.org", False),
        ("ann.b@example.org", "annb@example.org", False),
        ("strasse@example.org", "straße@example.org", False),
        ("ann@strasse.de", "ann@straße.de", False),
        ("\u0430nn@example.org", "ann@example.org", False),  # Cyrillic а
    ],
)
def test_two_addresses_are_one_when_only_their_case_or_composition_differs(one: str, other: str, same: bool) -> None:
    assert (EmailAddress(one).key == EmailAddress(other).key) is same


def test_two_usernames_are_one_when_only_their_case_differs() -> None:
    assert username_key("Ann_B") == username_key("aNN_b")


@pytest.mark.parametrize(
    ("email", "username", "good"),
    [("ann@x.org", None, True), (None, "ann", True), ("no address", None, True), (None, None, False), ("ann@x.org", "ann", False)],
)
def test_a_log_in_names_its_user_one_way(email: str | None, username: str | None, good: bool) -> None:
    assert (check_log_in(LogInForm("x", email=email, username=username)) is None) is good


def test_a_profile_keeps_what_the_change_does_not_name() -> None:
    assert check_profile(ProfileChange()) == ProfileChange(KEEP, KEEP)
    assert check_profile(ProfileChange(name=" Ann  ")) == ProfileChange("Ann", KEEP)
    assert check_profile(ProfileChange(phone="+44 20 7946 0018")) == ProfileChange(KEEP, "+442079460018")


def test_a_phone_number_can_be_removed_and_a_name_cannot() -> None:
    assert check_profile(ProfileChange(phone=None)) == ProfileChange(KEEP, None)
    assert check_profile(ProfileChange(name=None)) == InvalidInput((Problem("name", "cannot be removed"),))
