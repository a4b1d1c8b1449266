"""What a refresh token buys."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import UserId
from domain.sessions import RefreshToken, RefreshTokenInvalid, RefreshTokenProblem, use_refresh_token

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def a_token(*, used: bool = False, revoked: bool = False, lives: timedelta = timedelta(days=1)) -> RefreshToken:
    before = NOW - timedelta(hours=1)
    return RefreshToken(7, UserId(1), NOW + lives, used_at=before if used else None, revoked_at=before if revoked else None)


def test_an_unused_token_can_be_used() -> None:
    token = a_token()

    assert use_refresh_token(token, NOW) is token


@pytest.mark.parametrize(
    ("token", "problem", "ends_family"),
    [
        (None, RefreshTokenProblem.UNKNOWN, False),
        (a_token(revoked=True), RefreshTokenProblem.REVOKED, False),
        (a_token(revoked=True, used=True), RefreshTokenProblem.REVOKED, False),
        (a_token(lives=timedelta(0)), RefreshTokenProblem.EXPIRED, False),
        (a_token(lives=timedelta(days=-1), used=True), RefreshTokenProblem.EXPIRED, False),
        (a_token(used=True), RefreshTokenProblem.REUSED, True),
    ],
)
def test_a_token_that_buys_nothing_says_why(token: RefreshToken | None, problem: RefreshTokenProblem, ends_family: bool) -> None:
    answer = use_refresh_token(token, NOW)

    assert answer == RefreshTokenInvalid(problem)
    assert answer.ends_family is ends_family
