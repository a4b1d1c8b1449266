"""The demo's programme: what is on in its houses for a year, and how much of it is sold."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from domain.inventory import EventStatus

WEEKS = 52


@dataclass(frozen=True, slots=True)
class Work:
    """What is played: its name, what is said of it, and the slug of its category."""

    name: str
    text: str
    category: str


PLAYS = (
    Work(
        "The Winter's Tale", "A king mistakes a friendship for a betrayal. Sixteen years and a shipwreck later, spring arrives.", "theatre"
    ),
    Work("A Doll's House", "A locked letter-box, a borrowed sum and the most famous door in the theatre.", "theatre"),
    Work("The Government Inspector", "A small town fears a great man from the capital, and welcomes quite the wrong one.", "comedy"),
    Work("Cyrano", "He has the words, another has the face. Swords, moonlight and a balcony.", "theatre"),
    Work("Twelfth Night", "Shipwrecked twins, yellow stockings, and a love letter that everybody reads but the one it is for.", "comedy"),
    Work("The Cherry Orchard", "A family comes home to say goodbye to its trees. An axe can be heard in the distance.", "theatre"),
)
TOURS = (
    Work("Northern Lights", "Forty musicians, a ring of light above the floor, and an encore that is never the same twice.", "music"),
    Work("The Paper Kites Orchestra", "Film music that was written for films nobody has made yet.", "music"),
    Work("Velvet Static", "Analogue warmth at arena volume: the machines are older than the band.", "music"),
    Work("Saints of August", "The farewell tour, for the third and, they promise, last time.", "music"),
)
NIGHTS = (
    Work("Basement Jazz", "Two sets, one trumpet, no microphones. Come early for the sofas.", "music"),
    Work("New Songs Night", "Six writers play what they finished this month. Be kind, and be quiet.", "music"),
    Work("Slow Disco", "Everything at ninety beats a minute. Comfortable shoes are not needed.", "music"),
    Work("Strings & Synths", "A quartet and a wall of cables find out what they have in common.", "music"),
    Work("Stand-up Thursday", "Five comedians try what is not ready. Some of it will be.", "comedy"),
)
SKETCHES = (
    Work("The Lighthouse Keeper's Radio", "One actor, one radio, forty storms, and no interval.", "theatre"),
    Work("Table for Two Hundred", "A kitchen comedy that is cooked on the stage; the front row is fed.", "comedy"),
    Work("Letters to a Glacier", "Science, song and a block of ice that is gone by the end.", "talks"),
)
FIRST_NIGHT = Work("The Salt Road", "First night of a new play: three sisters, one lorry, and the longest border in the world.", "theatre")
NOT_YET = Work("Midwinter Choir", "Eight hundred voices in the round, by candlelight. Tickets go on sale in three days.", "music")
CALLED_OFF = Work("Thunder Sessions", "Drums from seven countries under one low ceiling.", "music")
DRAFT = Work("Untitled New Work", "Still being rehearsed: the author is on the fourth ending.", "theatre")

CATEGORIES = {"music": "Music", "theatre": "Theatre", "comedy": "Comedy", "talks": "Talks"}


class Stage(Enum):
    """Where the demo's events are."""

    THEATRE = "theatre"
    ARENA = "arena"
    CLUB = "club"
    STUDIO = "studio"


@dataclass(frozen=True, slots=True)
class Showing:
    """One event to be. `sold` is the share of its places that is sold, and `crowding` how closely together: 1 leaves no gaps."""

    work: Work
    stage: Stage
    days: int
    hour: int
    sold: float = 0.0
    crowding: float | None = None
    status: EventStatus = EventStatus.PUBLISHED
    is_early: bool = False
    """Whether it is not on sale yet."""


SOLD = {
    Stage.THEATRE: (0.45, 0.82, 0.6, 0.7, 0.3, 0.55, 0.4, 0.25, 0.3, 0.15, 0.2, 0.1),
    Stage.ARENA: (0.25, 0.1, 0.05),
    Stage.CLUB: (1.0, 0.75, 0.5, 0.35, 0.2, 0.1),
    Stage.STUDIO: (0.86, 0.6, 0.75, 0.4, 0.5, 0.3, 0.2, 0.1),
}
"""How much is sold of what is on next in each house; later evenings are empty still."""


def programme() -> Iterator[Showing]:
    """A year from tomorrow: plays and sketches each week, nights in the club each second, tours in the arena each fourth."""
    for week in range(WEEKS):
        yield evening(PLAYS[week // 4 % len(PLAYS)], Stage.THEATRE, week, 2 + week * 7, 19)
        if week % 2 == 0:
            yield evening(NIGHTS[week // 2 % len(NIGHTS)], Stage.CLUB, week // 2, 3 + week * 7, 21)
        if week < len(SOLD[Stage.STUDIO]):
            yield evening(SKETCHES[week % len(SKETCHES)], Stage.STUDIO, week, 4 + week * 7, 20)
        if week % 4 == 0:
            yield evening(TOURS[week // 4 % len(TOURS)], Stage.ARENA, week // 4, 5 + week * 7, 20)
    yield Showing(FIRST_NIGHT, Stage.THEATRE, 6, 19, sold=0.98)
    yield Showing(CALLED_OFF, Stage.CLUB, 10, 21, sold=0.3, status=EventStatus.CANCELLED)
    yield Showing(NOT_YET, Stage.ARENA, 24, 20, is_early=True)
    yield Showing(DRAFT, Stage.THEATRE, 61, 19, status=EventStatus.DRAFT)


def evening(work: Work, stage: Stage, nth: int, days: int, hour: int) -> Showing:
    """The nth evening of a house. In the arena whole blocks sell before the next are begun."""
    sold = SOLD[stage][nth] if nth < len(SOLD[stage]) else 0.0
    return Showing(work, stage, days, hour, sold, crowding=0.9 if stage is Stage.ARENA else None)
