"""The background worker: whatever is due goes out, from any number of processes.

A notification is claimed before it is sent and recorded after: killed in between, it is due again when its lease ends, so that it goes out
at least once; and as only the claimant sends it, once in all but that case.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

from domain.delivery import (
    FAILURE_MOST,
    Channel,
    DeliveryStatus,
    Due,
    DueNotifications,
    Letter,
    MailSender,
    Outcome,
    Recipient,
    TextSender,
    TryLater,
    Undeliverable,
    again_after,
)
from domain.ids import EventId
from domain.ports import Outage
from notices.mail import letter_of
from notices.templates import Templates, one_line

LOG = logging.getLogger("boxoffice.notices")
WRITE_AGAIN_SECONDS = 1.0
BUSY_SHARE = 1 / 3
"""The most of a processor that writing letters takes: the same process answers bookers."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done at a time, and how long is waited."""

    at_once: int = 4
    """Letters on their way, and events worked on, at a time in one process."""
    batch_most: int = 20
    """Notifications of one event that are claimed together."""
    look_most: int = 500
    """Due notifications, oldest and newest each, among which events are found."""
    every: timedelta = timedelta(seconds=1)
    """How often is looked, while nothing is due."""
    lease: timedelta = timedelta(seconds=120)
    """How long a claim lasts: what a killed process had claimed is sent by another after that."""
    longest_send: timedelta = timedelta(seconds=70)
    """Nothing is begun that might take longer than its lease: a connection and a letter, each with its own limit."""
    attempts_most: int = 10
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(hours=1)
    outage_wait: timedelta = timedelta(seconds=15)
    """How long a mail server that takes nothing is left in peace."""


@dataclass(slots=True)
class Delivered:
    """What a process has delivered since it started, for metrics."""

    sent: int = 0
    """Notifications that have gone out by all the ways wanted."""
    unwanted: int = 0
    """Those that nobody wanted but in the app."""
    retried: int = 0
    dead: int = 0


class Delivery:
    """Sends what is due until it is closed, e-mail in the name of `sender`, up to `Pace.at_once` at a time."""

    def __init__(
        self,
        due: DueNotifications,
        mail: MailSender,
        texts: TextSender,
        templates: Templates,
        sender: str,
        pace: Pace | None = None,
    ) -> None:
        self.delivered = Delivered()
        self._due = due
        self._mail = mail
        self._texts = texts
        self._templates = templates
        self._sender = sender
        self._pace = pace or Pace()
        self._hands = asyncio.Semaphore(self._pace.at_once)
        self._desk = asyncio.Lock()
        self._out_until = 0.0
        self._is_out = False
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="deliver notifications")

    async def close(self, within_seconds: float = 2.0) -> None:
        """Let what is on its way arrive, for a moment, and give the rest back; what is cut off is due again when its lease ends."""
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within_seconds)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def deliver_due(self) -> int:
        """One round: a batch of each event that has something due; answers how many notifications that was. Raises Outage."""
        events = await self._due.due_events(self._pace.look_most)
        limit = asyncio.Semaphore(self._pace.at_once)

        async def one(event_id: EventId) -> int:
            async with limit:
                return 0 if self._closing.is_set() or self._is_paused() else await self._deliver_batch(event_id)

        done = await asyncio.gather(*map(one, events), return_exceptions=True)
        for failure in done:
            if isinstance(failure, BaseException):
                raise failure
        return sum(count for count in done if isinstance(count, int))

    async def _run(self) -> None:
        is_out = False
        while not self._closing.is_set():
            count = 0
            try:
                count = 0 if self._is_paused() else await self.deliver_due()
                is_out = False
            except Outage as outage:
                if not is_out:
                    LOG.warning("delivering notifications waits: %s", outage)
                is_out = True
            except Exception:
                LOG.exception("a round of delivering notifications failed; what it had claimed is due again later")
            if not count:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pace.every.total_seconds() * random.uniform(0.8, 1.2)):
                        await self._closing.wait()

    async def _deliver_batch(self, event_id: EventId) -> int:
        began = asyncio.get_running_loop().time()
        begin_until = began + (self._pace.lease - self._pace.longest_send).total_seconds()
        batch = await self._due.claim(event_id, self._pace.batch_most, self._pace.lease)
        sending = {asyncio.create_task(self._deliver(due, begin_until)) for due in batch}
        outcomes: list[Outcome] = []
        try:
            while sending:  # while one commit is under way, the next gathers
                finished, sending = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                outcomes += [task.result() for task in finished]
                if await self._recorded(event_id, outcomes):
                    outcomes.clear()
            while outcomes:
                await asyncio.sleep(WRITE_AGAIN_SECONDS)
                if await self._recorded(event_id, outcomes):
                    outcomes.clear()
        finally:
            for task in sending:
                task.cancel()
        return len(batch)

    async def _recorded(self, event_id: EventId, outcomes: Sequence[Outcome]) -> bool:
        """Write down what came of some; False where the database is out: it is tried again, for what has gone out must be known."""
        try:
            await self._due.record(event_id, outcomes)
        except Outage as outage:
            LOG.warning("what has been delivered cannot be written down yet: %s", outage)
            return False
        return True

    async def _deliver(self, due: Due, begin_until: float) -> Outcome:
        """Send one notification by every way wanted; whatever goes wrong becomes its outcome."""
        async with self._hands:
            if self._closing.is_set() or self._is_paused() or asyncio.get_running_loop().time() > begin_until:
                return self._put_back(due)
            if due.attempt > self._pace.attempts_most:  # each of them was killed, or it would have been recorded
                return self._outcome(due, due.sent, ["nothing came of any attempt"], [])
            wanted = due.wanted(datetime.now(UTC))
            if due.recipient is None or not wanted:
                self.delivered.unwanted += not due.sent
                return Outcome(due.notification.id, due.attempt, due.sent, DeliveryStatus.DONE)
            return await self._send_all(due, due.recipient, wanted)

    async def _send_all(self, due: Due, recipient: Recipient, wanted: Channel) -> Outcome:
        sent, refused, later = due.sent, list[str](), list[str]()
        for channel in wanted:
            try:
                await self._send(channel, due, recipient)
                sent |= channel
            except Undeliverable as reason:
                refused.append(f"{channel.name}: {reason}")
            except TryLater as reason:
                later.append(f"{channel.name}: {reason}")
            except Outage as outage:
                self._pause(outage)
                return self._put_back(replace(due, sent=sent))
            except Exception as fault:
                LOG.exception("notification %s cannot be sent", due.notification.id)
                later.append(f"{channel.name}: {type(fault).__name__}")
        self._is_out = False
        return self._outcome(due, sent, refused, later)

    async def _send(self, channel: Channel, due: Due, recipient: Recipient) -> None:
        if channel is Channel.SMS:
            assert recipient.phone is not None, "who has no phone is not told by SMS"
            await self._texts.send(due.notification.id, recipient.phone, self._templates.text(due))
        else:
            await self._mail.send(await self._written(due, recipient))

    async def _written(self, due: Due, recipient: Recipient) -> Letter:
        """A letter, one at a time and with a rest after each: between two of them whoever books has the processor."""
        async with self._desk:
            began = perf_counter()
            letter = letter_of(self._templates.draft(due, recipient), self._sender)
            await asyncio.sleep((perf_counter() - began) * (1 / BUSY_SHARE - 1))
        return letter

    def _outcome(self, due: Due, sent: Channel, refused: list[str], later: list[str]) -> Outcome:
        """What comes of an attempt: done, dead, or due again after a wait that doubles with each attempt."""
        id, attempt, pace = due.notification.id, due.attempt, self._pace
        failure = one_line("; ".join(refused + later))[:FAILURE_MOST] or None
        if later and attempt < pace.attempts_most:
            self.delivered.retried += 1
            LOG.info("notification %s is tried again: %s", id, failure)
            wait = again_after(attempt, pace.first_wait, pace.longest_wait) * random.uniform(0.8, 1.2)
            return Outcome(id, attempt, sent, DeliveryStatus.DUE, failure, wait)
        if refused or later:
            self.delivered.dead += 1
            LOG.error("notification %s is given up after %d attempts: %s", id, attempt, failure)
            return Outcome(id, attempt, sent, DeliveryStatus.DEAD, failure)
        self.delivered.sent += 1
        return Outcome(id, attempt, sent, DeliveryStatus.DONE)

    def _put_back(self, due: Due) -> Outcome:
        """As if it had not been claimed."""
        wait = timedelta(seconds=max(0.0, self._out_until - asyncio.get_running_loop().time()))
        return Outcome(due.notification.id, due.attempt, due.sent, DeliveryStatus.DUE, again_in=wait, counts=False)

    def _pause(self, outage: Outage) -> None:
        """Leave whoever carries e-mail in peace for a while."""
        if not self._is_out:
            LOG.warning("notifications wait: %s", outage)
        self._is_out = True
        self._out_until = asyncio.get_running_loop().time() + self._pace.outage_wait.total_seconds()

    def _is_paused(self) -> bool:
        return asyncio.get_running_loop().time() < self._out_until
