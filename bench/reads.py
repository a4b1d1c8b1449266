"""Reads over HTTP: lists, events and maps of seats, from Box Office, its peers, and a server that only answers bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench import events
from bench.contest import CACHED, MERCURIUS, OURS, Contest, Contestant, contest
from bench.events import Sale
from bench.floors import bare_asgi
from bench.ground import Ground
from bench.helper import helper
from bench.meter import UNKNOWN, Effort, Meter, Rounds, Sample
from bench.peers import rows
from bench.report import Part, Table, number, spread
from bench.server import Serving
from bench.wire import HttpClient
from bench.words import Ours, content

EVENTS, EVENT_SEATS = 200, 400
LISTED = 20
MAPS = (2_000, 20_000)
FLOOR = "bare ASGI"
SLOW_MS = 1_000.0
"""Who takes longer than this for one answer is measured in the first round only."""


@dataclass(frozen=True)
class Work:
    """Something to read, with so many connections."""

    name: str
    clients: int


LIST, EVENT, LIVE = Work("list", 16), Work("event", 16), Work("live", 16)
SEAT_MAPS = {Work("map 2,000", 4): MAPS[0], Work("map 20,000", 2): MAPS[1]}
WORKS = [LIST, EVENT, *SEAT_MAPS, LIVE]
TITLES = {
    "list": f"list of {LISTED} events",
    "event": "one event",
    "map 2,000": "typed map of 2,000 seats",
    "map 20,000": "typed map of 20,000 seats",
    "live": "live state of 20,000 seats, compact",
}


@dataclass(frozen=True)
class Programme:
    """What there is to read: the events of the list, and one event for each size of map."""

    listed: list[Sale]
    large: dict[int, Sale]


async def measure(ground: Ground, effort: Effort) -> Part:
    """Everybody answers the same, which is checked first; then everybody is asked in turn."""
    rounds = Rounds()
    async with contest(ground, "reads", with_peers=effort.peers, cached=True) as found, bare_asgi(ground) as floor:
        programmes = await put_on(found)
        bodies = {name: bodies_of(one, programmes[one.speaks if one.speaks == "ours" else name]) for name, one in found.contestants.items()}
        sizes = await compare(found, bodies)
        works = [work for work in WORKS if not effort.quick or SEAT_MAPS.get(work) != MAPS[-1]]
        await events.settle_down(ground.database_url)
        for one in found.contestants.values():
            if one.speaks != "ours":
                await rows.settle_down(one.connection)
            for work in (LIST, EVENT, *list(SEAT_MAPS)[:1]):
                await ask(ground, one.server, bodies[one.name][work], work, 0.2 if effort.quick else 1.0)  # compilers see what is hot
        for round_no in effort.turns():
            for work in works:
                for one in found.in_turn(round_no):
                    case = (work, one.name)
                    slow = rounds.has(case) and rounds.median(case, "p50_ms") > SLOW_MS
                    if work in bodies[one.name] and not slow:
                        rounds.add(case, await ask(ground, one.server, bodies[one.name][work], work, effort.seconds))
                rounds.add((work, FLOOR), await ask(ground, floor, b"{}", work, effort.seconds / 2, f"/{sizes[work]}"))
    return told(rounds, found, [*found.contestants, FLOOR])


async def put_on(found: Contest) -> dict[str, Programme]:
    """The same events for everybody: each of the list in a venue of its own, and then as many as a house has."""
    made: dict[str, Programme] = {}
    for name, one in found.contestants.items():
        if name == CACHED:
            continue
        listed = [await one.put_on_sale(EVENT_SEATS) for _ in range(LISTED)]
        rest = await one.put_on_sale(EVENT_SEATS, EVENTS - LISTED)
        large = {seats: await one.put_on_sale(seats) for seats in MAPS}
        made["ours" if name == OURS else name] = programme = Programme(listed, large)
        if name != OURS:
            ours = made["ours"]
            for our_sale, sale in zip([*ours.listed, *ours.large.values()], [*listed, *large.values()], strict=True):
                await rows.name_alike(found.ours.connection, our_sale, one.connection, sale)
            await one.connection.execute("UPDATE event SET starts_at = starts_at + interval '1 hour' WHERE event_id = ANY($1)", rest.events)
        assert programme.listed
    return made


def bodies_of(one: Contestant, programme: Programme) -> dict[Work, bytes]:
    """What is asked of one contestant."""
    words = one.words
    found = {LIST: words.events(), EVENT: words.event(programme.listed[0].first)}
    found |= {work: words.seat_map(programme.large[seats].first) for work, seats in SEAT_MAPS.items()}
    if isinstance(words, Ours):
        found[LIVE] = words.live_state(programme.large[MAPS[-1]].first)
    return found


async def compare(found: Contest, bodies: dict[str, dict[Work, bytes]]) -> dict[Work, int]:
    """How long our answers are. Raises AssertionError where a peer answers anything else than we do."""
    sizes = {}
    for work in WORKS:
        answers = {}
        for name, one in found.contestants.items():
            if work in bodies[name]:
                client = await HttpClient.open(one.server.port, "")
                answers[name] = await client.post(bodies[name][work])
                client.close()
        said = {name: content(answer) for name, answer in answers.items()}
        if different := [name for name in said if said[name] != said[OURS]]:
            raise AssertionError(
                f"{work.name}: not answered as by {OURS}: {different}: {answers[different[0]][:300]!r} {answers[OURS][:300]!r}"
            )
        sizes[work] = len(answers[OURS])
    return sizes


async def ask(ground: Ground, server: Serving, body: bytes, work: Work, seconds: float, path: str = "/graphql") -> Sample:
    """One round of one kind of work at one server."""
    job = {"port": server.port, "token": "", "body": body.decode(), "clients": work.clients, "seconds": seconds, "path": path}
    async with helper("bench.readers", job) as readers:
        await readers.line()
        with Meter(server=server.process, database=ground.postgres, readers=readers.seen) as meter:
            readers.tell("go")
            went = await readers.answer()
        readers.tell("enough")
    server_us, database_us = (1e6 * meter.used[name] / went["answers"] for name in ("server", "database"))
    if path != "/graphql":
        database_us = 0.0
    return {
        "per_s": went["answers"] / went["seconds"],
        "server_us": server_us,
        "database_us": database_us,
        "total_us": server_us + database_us,
        "p50_ms": went["p50_ms"],
        "p99_ms": went["p99_ms"],
        "bytes": went["bytes"],
        "strangers": meter.strangers,
    }


def told(rounds: Rounds, found: Contest, names: Sequence[str]) -> Part:
    """The figures; the targets are judged by all parts together."""
    part = Part("reads", "reads over HTTP, with clients on the same cores", strangers=rounds.strangers())
    columns = ("server_us", "database_us", "total_us", "p50_ms", "p99_ms", "bytes")
    headings = ("", "answers/s", "server µs", "database µs", "together µs", "p50 ms", "p99 ms", "bytes", "× Mercurius")
    for work in WORKS:
        here = [name for name in names if rounds.has((work, name))]
        if not here:
            continue
        table = []
        for name in here:
            case = (work, name)
            share = rounds.median(case, "total_us") / rounds.median((work, MERCURIUS), "total_us") if MERCURIUS in here else UNKNOWN
            cells = [number(rounds.median(case, column)) for column in columns]
            table.append([name, spread(rounds.figure(case, "per_s")), *cells, number(share) if name != FLOOR else "–"])
            for what, suffix in (("total_us", ""), ("server_us", "/server"), ("database_us", "/database")):
                part.figures[f"{work.name}/{name}{suffix}"] = rounds.median(case, what)
        title = TITLES[work.name]
        part.tables.append(Table(f"{title[0].upper()}{title[1:]}: {work.clients} connections.", headings, table))
    part.notes = [
        "Everybody answers the same of the same rows, which is compared before measuring. Our prices are objects, `{minor}`, and our list "
        "is a connection: an object more per price and per event than the peers make.",
        f"Who needs more than {SLOW_MS:,.0f} ms for an answer is measured in the first round only.",
        "Uncached is MICRO_CACHE_MS=0. All clients ask the same page, and what is asked while a read is under way is read at once: nothing "
        "is kept, but equal questions of one moment are one read. Where all ask differently a list costs about twice as much.",
        "Nobody is logged in: the peers would not look at a token before they answer a read.",
        f"{FLOOR}: uvicorn and an app that answers as many bytes as we do, and knows nothing.",
        *found.notes(),
    ]
    return part
