"""The first admin, and any other whom whoever runs the server appoints."""

import getpass
import sys
from typing import Protocol, TextIO

from domain.accounts import RegistrationForm
from domain.users import User
from domain.validation import InvalidInput


class Appoints(Protocol):
    """Where admins are made."""

    async def appoint_admin(self, form: RegistrationForm) -> User | InvalidInput:
        """An admin with this e-mail address and password: made where nobody has it, else promoted, and their sessions ended."""
        ...


def read_password(given: TextIO = sys.stdin) -> str:
    """The password: asked for at a terminal, which does not show it, else the first line. Never an argument, which others can read."""
    return getpass.getpass("Password: ") if given.isatty() else given.readline().rstrip("\r\n")


async def appoint(accounts: Appoints, form: RegistrationForm) -> int:
    """Make or promote an admin, and say so or what is wrong; answers the exit code."""
    match await accounts.appoint_admin(form):
        case InvalidInput(problems):
            print("\n".join(f"{problem.field} {problem.message}" for problem in problems), file=sys.stderr)
            return 1
        case user:
            print(f"{user.email} is an admin.")
            return 0
