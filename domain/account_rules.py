"""The rules of what people write about themselves: names, addresses, phone numbers, passwords."""

import re
import unicodedata

from domain.accounts import LogInForm, PasswordChangeForm, ProfileChange, Registration, RegistrationForm
from domain.keep import KEEP
from domain.users import EmailAddress, ParseEmail
from domain.validation import Checks, InvalidInput

NAME_LEAST, NAME_MOST = 2, 100
PASSWORD_LEAST, PASSWORD_MOST = 8, 256
USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,30}")
PHONE = re.compile(r"\+?[0-9]{7,15}")  # E.164 has 15 digits at most; people write them without the + as well
PHONE_PUNCTUATION = str.maketrans("", "", " ()-./\u00a0\u2011")


def check_registration(form: RegistrationForm, parse_email: ParseEmail) -> Registration | InvalidInput:
    """Everything that is wrong with a registration, or what will be stored. The form's password is good as it is."""
    checks = Checks()
    email = check_email(checks, form.email, parse_email)
    name = check_name(checks, form.name)
    username = check_username(checks, form.username)
    phone = check_phone(checks, form.phone)
    check_password(checks, "password", form.password)
    return checks.refusal or Registration(email, name, username, phone)


def check_log_in(form: LogInForm) -> InvalidInput | None:
    """A log-in names its user one way. Whether there could be such a name is not told: that would be the first half of a guess."""
    checks = Checks()
    checks.that((form.email is None) != (form.username is None), "email", "or username is needed, and only one of them")
    return checks.refusal


def check_profile(change: ProfileChange) -> ProfileChange | InvalidInput:
    """Everything that is wrong with a change, or the change in the words that will be stored."""
    checks = Checks()
    name, phone = change.name, change.phone
    if name is None:
        checks.that(False, "name", "cannot be removed")
    elif name is not KEEP:
        name = check_name(checks, name)
    if phone is not KEEP:
        phone = check_phone(checks, phone)
    return checks.refusal or ProfileChange(name, phone)


def check_password_change(form: PasswordChangeForm) -> InvalidInput | None:
    """Everything that is wrong with a new password. Whether the current one is right is not this rule's to know."""
    checks = Checks()
    check_password(checks, "newPassword", form.new_password)
    return checks.refusal


def check_email(checks: Checks, text: str, parse_email: ParseEmail) -> EmailAddress:
    """A valid address; blanks around it are forgiven."""
    try:
        return parse_email(text.strip())
    except ValueError:
        checks.that(False, "email", "is not a valid e-mail address")
        return EmailAddress("")


def check_name(checks: Checks, text: str) -> str:
    """A name of 2 to 100 characters, one of which can be seen. No line breaks: names are written into the heads of e-mails."""
    text = unicodedata.normalize("NFC", text[: NAME_MOST * 4])  # composing takes quadratic time; three characters become one at most
    name = checks.text("name", text, least=NAME_LEAST, most=NAME_MOST)
    kinds = [unicodedata.category(character) for character in name[:NAME_MOST]]
    checks.that(not {"Cc", "Zl", "Zp"} & set(kinds), "name", "holds a line break or another control character")
    checks.that(not name or any(kind[0] not in "CZ" for kind in kinds), "name", "holds nothing that can be seen")
    return name


def check_username(checks: Checks, text: str | None) -> str | None:
    """3 to 30 letters of the English alphabet, digits, or any of `_.-`: never an @, so that it cannot be taken for an e-mail address."""
    if text is None:
        return None
    checks.that(USERNAME.fullmatch(text) is not None, "username", "has 3 to 30 letters a–z, digits, or any of _ . -")
    return text


def check_phone(checks: Checks, text: str | None) -> str | None:
    """7 to 15 digits, with + before a country code. Answers them without what people write between them; a blank one is left out."""
    if text is None or not text.strip():
        return None
    phone = text.translate(PHONE_PUNCTUATION)
    checks.that(PHONE.fullmatch(phone) is not None, "phone", "has 7 to 15 digits, as in +44 20 7946 0018")
    return phone


def check_password(checks: Checks, name: str, password: str) -> None:
    """8 to 256 characters with an upper-case letter and a digit. Blanks count; every script has its own letters and digits."""
    checks.that(PASSWORD_LEAST <= len(password) <= PASSWORD_MOST, name, f"has {PASSWORD_LEAST} to {PASSWORD_MOST} characters")
    password = password[:PASSWORD_MOST]
    checks.that(any(character.isupper() for character in password), name, "has an upper-case letter")
    checks.that(any(character.isdecimal() for character in password), name, "has a digit")
    checks.that("\0" not in password, name, "holds a NUL character")
    checks.that(not any("\ud800" <= character <= "\udfff" for character in password), name, "holds half a character")
