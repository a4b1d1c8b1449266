"""The kinds of columns there are."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def big(name: str | None = None, *constraints: Any, nullable: bool = False, **options: Any) -> Any:
    """A 64-bit integer column."""
    return Field(sa_column=Column(name, BigInteger, *constraints, nullable=nullable, autoincrement=False, **options))


def small(*, nullable: bool = False, otherwise: str | None = None) -> Any:
    """A 16-bit integer column: a state or a number within its owner; `otherwise` is the database's own value for it."""
    return Field(sa_column=Column(SmallInteger, nullable=nullable, autoincrement=False, server_default=otherwise))


def number(*, nullable: bool = False, otherwise: str | None = None) -> Any:
    """A 32-bit integer column: a count or a seat."""
    return Field(sa_column=Column(Integer, nullable=nullable, autoincrement=False, server_default=otherwise))


def words(*, nullable: bool = False) -> Any:
    """A text column."""
    return Field(sa_column=Column(Text, nullable=nullable))


def instant(*, nullable: bool = False) -> Any:
    """An instant in UTC."""
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def reference(target: str, name: str, *, nullable: bool = False) -> Any:
    """The id of a row in a shared table."""
    return Field(sa_column=Column(BigInteger, ForeignKey(target, name=name), nullable=nullable))


def truth(*, otherwise: str | None = None) -> Any:
    """A column that is true or false."""
    return Field(sa_column=Column(Boolean, nullable=False, server_default=otherwise))


def json(*, nullable: bool = False) -> Any:
    """A column of JSON."""
    return Field(sa_column=Column(JSONB, nullable=nullable))
