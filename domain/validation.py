"""Checking what people type: what is wrong is collected, field by field, and told all at once."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of an input."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """An input that cannot be: every problem found."""

    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Checks:
    """Collects what is wrong with an input."""

    problems: list[Problem] = field(default_factory=list)

    def that(self, holds: bool, name: str, message: str) -> bool:
        """Note a problem unless something holds; answers whether it does."""
        if not holds:
            self.problems.append(Problem(name, message))
        return holds

    def text(self, name: str, value: str, *, least: int = 1, most: int) -> str:
        """A text of a bounded number of characters without NUL or surrogates; answers it without the blanks around it."""
        stripped = value.strip()
        self.that(least <= len(stripped) <= most, name, f"has {least} to {most} characters")
        self.that("\0" not in value, name, "holds a NUL character")
        self.that(not any("\ud800" <= character <= "\udfff" for character in value), name, "holds half a character")
        return stripped

    def optional(self, name: str, value: str | None, *, most: int) -> str | None:
        """A text that may be left out; a blank one counts as left out."""
        return (self.text(name, value, least=0, most=most) or None) if value is not None else None

    def parsed(self, name: str, parse: Callable[[], object], message: str) -> bool:
        """Note a problem where parsing raises ValueError."""
        try:
            parse()
        except ValueError:
            return self.that(False, name, message)
        return True

    @property
    def refusal(self) -> InvalidInput | None:
        """All that is wrong, or None."""
        return InvalidInput(tuple(self.problems)) if self.problems else None
