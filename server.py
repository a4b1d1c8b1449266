"""Box Office's command line: serves until stopped, or does one of its chores."""

import asyncio
import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn

from db.migrate import migrate
from domain.accounts import RegistrationForm
from domain.ports import Outage
from runtime.admins import read_password
from runtime.backing import Addresses, Backing
from runtime.command_line import parsed, wanted_of
from runtime.failures import CannotStart
from runtime.listening import listening_on
from runtime.logs import start_logging
from runtime.memory import settle
from runtime.settings import Settings, read_settings
from runtime.starter import end_with, running, starter
from runtime.workers import Workers
from web.serving import Server, uvicorn_options
from wiring.app import make_app
from wiring.chores import appoint_admin, prepare, seed, write_schema
from wiring.graphql import limits_of

LOG = logging.getLogger("boxoffice")


def serve(settings: Settings) -> None:
    """Start all there is, serve until SIGINT or SIGTERM, and stop all that was started."""
    signal.signal(signal.SIGTERM, leave)  # uvicorn raises the signal again once it has stopped, and there is more to stop
    backing = Backing(settings)
    try:
        addresses = backing.start()
        end_with(starter())
        with listening_on(settings.host, settings.port) as shared:
            asyncio.run(prepare(settings, addresses))
            LOG.info("serving at http://%s:%d", *shared.getsockname()[:2])
            if settings.workers == 1:
                Server(configured(settings, addresses)).run([shared])
            else:
                os.environ |= {"DATABASE_URL": addresses.database_url, "REDIS_URL": addresses.redis_url}
                command = (sys.executable, __file__, "work", "--socket", str(shared.fileno()), "--first", str(os.getpid()))
                Workers(command, settings.workers, inherited=[shared.fileno()]).run()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        backing.stop()


def leave(_number: int, _frame: FrameType | None) -> None:
    """End this process in good order."""
    sys.exit(0)


def work(settings: Settings, descriptor: int, first: int) -> None:
    """Serve as one of several processes, on the socket they share, with what the first of them found in its environment."""
    end_with(running(first))
    assert settings.database_url is not None, "whoever starts workers says where the database is"
    assert settings.redis_url is not None, "whoever starts workers says where Redis is"
    addresses = Addresses(settings.database_url, settings.database_url, settings.redis_url)
    Server(configured(settings, addresses)).run([socket.socket(fileno=descriptor)])


def configured(settings: Settings, addresses: Addresses) -> uvicorn.Config:
    """How uvicorn serves the app."""
    return uvicorn.Config(
        make_app(settings, addresses, settle),
        host=settings.host,
        port=settings.port,
        log_config=None,
        **uvicorn_options(limits_of(settings)),
    )


def main() -> int:
    """The command line; answers the exit code."""
    chosen = parsed()
    if chosen.command == "schema":
        return write_schema(check=chosen.check)
    try:
        given = {name: value for name, value in vars(chosen).items() if name in ("host", "port", "workers") and value is not None}
        settings = read_settings(**given)
        start_logging(settings.log_level, settings.log_format)
        if chosen.command in ("migrate", "admin", "seed"):
            form = RegistrationForm(chosen.email, read_password(), chosen.name) if chosen.command == "admin" else None
            backing = Backing(settings)
            try:
                addresses = backing.start(join=True)
                if form is not None:
                    return asyncio.run(appoint_admin(settings, addresses, form))
                is_seed = chosen.command == "seed"
                asyncio.run(seed(settings, addresses, wanted_of(chosen)) if is_seed else migrate(addresses.migration_database_url))
            finally:
                backing.stop()
        elif chosen.command == "work":
            work(settings, chosen.descriptor, chosen.first)
        else:
            serve(settings)
    except CannotStart as failure:
        print(failure, file=sys.stderr)
        return 1
    except Outage as outage:
        reason = str(outage.__cause__ or "").partition("\n")[0]
        print(f"{outage} {reason}".strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
