"""The words of the command line, and what they mean."""

import argparse
from collections.abc import Sequence

from domain.seeds import MOST, Wanted


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What somebody typed: `command` is None where they typed none. Ends the process, with a sentence, where it cannot be understood."""
    parser = argparse.ArgumentParser(prog="server.py", description="Box Office: seat booking over GraphQL.")
    commands = parser.add_subparsers(dest="command")
    serving = commands.add_parser("serve", help="serve until stopped (the default)")
    serving.add_argument("--host", help="the address to listen on")
    serving.add_argument("--port", type=int, help="the port to listen on")
    serving.add_argument("--workers", type=int, help="how many processes serve")
    working = commands.add_parser("work", help="serve as one of several processes (used by serve)")
    working.add_argument("--socket", dest="descriptor", type=int, required=True, help="the file descriptor of the socket they share")
    working.add_argument("--first", type=int, required=True, help="the process they end with")
    commands.add_parser("migrate", help="bring the database to the present tables")
    admin = commands.add_parser("admin", help="make or promote an admin; the password is read from standard input")
    admin.add_argument("email", help="the e-mail address they log in with")
    admin.add_argument("--name", default="Admin", help="what they are called, where they are new")
    seeding(commands.add_parser("seed", help="fill the database with invented data, beside what is there"))
    schema = commands.add_parser("schema", help="write schema/schema.graphql")
    schema.add_argument("--check", action="store_true", help="only say whether it is what the code says")
    return parser.parse_args(words)


def seeding(parser: argparse.ArgumentParser) -> None:
    """The options of `seed`."""
    usual = Wanted()
    parser.add_argument("--flush", action="store_true", help="first remove everything but admins, without asking")
    for name in MOST:
        number = getattr(usual, name)
        parser.add_argument(f"--{name}", type=int, default=number, metavar="N", help=f"how many (default {number})")
    parser.add_argument("--seats", type=int, metavar="N", help="the seats of the largest venue (default: as many as are needed)")
    parser.add_argument("--seed", type=int, metavar="N", help="the same number invents the same data again")


def wanted_of(chosen: argparse.Namespace) -> Wanted:
    """What `seed` is asked for."""
    return Wanted(**{name: value for name, value in vars(chosen).items() if name != "command"})
