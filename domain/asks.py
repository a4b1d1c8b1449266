"""What a command is: something asked of the box office that says which answers it may get."""

from typing import Generic, TypeVar

from domain.refusals import Busy, EventNotFound

A_co = TypeVar("A_co", covariant=True)


class Asks(Generic[A_co]):
    """A command that is answered with one of `A_co`: what its rule returns, and what the box office itself may answer."""

    __slots__ = ()


NotNow = EventNotFound | Busy
"""What any command may be answered before its rule is asked: there is no such event, or too many wait."""
