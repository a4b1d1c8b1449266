/** An event's seats as they are: read once, then kept by what the server tells. */

import { batch, type Signal, signal } from '@preact/signals';
import { request } from '../api/client';
import { asFailed, Failed } from '../api/failures';
import { watch } from '../api/live';
import { planOf } from './plan';
import { EventBoard, EventLayout, EventSeats, EventTiers, type Price, type Summary, type Update } from './queries';
import { AVAILABLE, BLOCKED, BOOKED, type Board, type Counts, HELD, type Plan, type Shape, type Status, type Tier } from './types';

const SHAPES: readonly Shape[] = ['circle', 'square', 'diamond', 'hexagon', 'triangle', 'pentagon'];
const STATUS: Record<Update['changes'][number]['status'], Status> = { AVAILABLE, HELD, BOOKED, BLOCKED };
/** Listeners are told once for all that came within a frame. */
const FRAME_MS = 16;
/** Prices are asked for again after so long and up to as long again: not by all who watch at the same moment. */
const TIERS_WAIT_MS = 300;
/** Above so many seats, "all of them" is told sooner. */
const TOLD_MOST = 4096;

export function openBoard(eventId: string): Board {
  return new LiveBoard(eventId);
}

class LiveBoard implements Board {
  readonly eventId: string;
  readonly plan = signal<Plan | null>(null);
  readonly tiers = signal<readonly Tier[]>([]);
  readonly counts = signal<Counts | null>(null);
  readonly version = signal(0);
  readonly behindSince = signal<number | null>(null);
  readonly failed: Signal<Failed | null> = signal(null);
  statuses = new Uint8Array(0);
  /** The version that `statuses` are of; `version` follows within a frame. */
  #known = 0;
  #prices: readonly Price[] = [];
  #summary: Summary | null = null;
  #changed: number[] | 'all' = [];
  #telling: ReturnType<typeof setTimeout> | undefined;
  #pricing: ReturnType<typeof setTimeout> | undefined;
  #stopWatching: () => void = () => undefined;
  #closed = new AbortController();
  readonly #seatListeners = new Set<(changed: readonly number[] | 'all') => void>();
  readonly #saleListeners = new Set<() => void>();

  constructor(eventId: string) {
    this.eventId = eventId;
    void this.#open();
  }

  onChange(listener: (changed: readonly number[] | 'all') => void): () => void {
    this.#seatListeners.add(listener);
    return () => this.#seatListeners.delete(listener);
  }

  onSaleChanged(listener: () => void): () => void {
    this.#saleListeners.add(listener);
    return () => this.#saleListeners.delete(listener);
  }

  retry(): void {
    if (this.failed.value === null || this.#closed.signal.aborted) return;
    this.failed.value = null;
    void this.#open();
  }

  close(): void {
    this.#closed.abort();
    this.#stopWatching();
    clearTimeout(this.#telling);
    clearTimeout(this.#pricing);
    this.#seatListeners.clear();
    this.#saleListeners.clear();
  }

  async #open(): Promise<void> {
    const { signal } = this.#closed;
    const id = this.eventId;
    try {
      const [{ event: now }, { event: lasting }] = await Promise.all([
        request(EventBoard, { id }, { signal }),
        request(EventLayout, { id }, { method: 'GET', signal }),
      ]);
      if (signal.aborted) return;
      if (!now || !lasting) throw new Failed('EVENT_NOT_FOUND', 'There is no such event.');
      const { layout } = lasting.seatMap;
      this.#prices = now.tiers;
      this.#replace(now.seatMap, layout.seatCount);
      const tierIds = now.tiers.map((tier) => tier.id);
      batch(() => {
        this.#tell();
        this.plan.value = planOf(layout, tierIds);
      });
      this.#watch();
    } catch (error) {
      if (!signal.aborted) this.failed.value = asFailed(error);
    }
  }

  /** Follow what happens from the version that is known; what was followed before is left. */
  #watch(): void {
    this.#stopWatching();
    this.#stopWatching = watch(EventSeats, () => ({ id: this.eventId, after: this.#known }), {
      next: ({ seatMap }) => this.#hear(seatMap),
      behind: (isBehind) => {
        this.behindSince.value = isBehind ? (this.behindSince.value ?? Date.now()) : null;
      },
      fail: (failed) => {
        this.failed.value = failed;
      },
    });
  }

  #hear(update: Update): void {
    if (update.previousVersion === null) {
      if (update.statuses !== null) this.#replace({ ...update, statuses: update.statuses }, this.statuses.length);
    } else if (update.previousVersion > this.#known) {
      this.#watch(); // something was missed
    } else if (update.version > this.#known) {
      this.#apply(update);
    }
    if (update.saleChanged) this.#reprice();
  }

  #replace(whole: { version: number; statuses: string; summary: Summary }, seatCount: number): void {
    if (this.statuses.length !== seatCount) this.statuses = new Uint8Array(seatCount);
    unpack(whole.statuses, this.statuses);
    this.#changed = 'all';
    this.#learn(whole);
  }

  #apply(update: Update): void {
    for (const { seatNo, status } of update.changes) {
      this.statuses[seatNo] = STATUS[status];
      if (this.#changed !== 'all') this.#changed.push(seatNo);
    }
    if (this.#changed.length > TOLD_MOST) this.#changed = 'all';
    this.#learn(update);
  }

  #learn({ version, summary }: { version: number; summary: Summary }): void {
    this.#known = version;
    this.#summary = summary;
    this.#telling ??= setTimeout(() => this.#tell(), FRAME_MS);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    const changed = this.#changed;
    this.#changed = [];
    batch(() => {
      this.version.value = this.#known;
      this.counts.value = this.#summary;
      this.tiers.value = tiersOf(this.#prices, this.#summary);
      for (const listener of this.#seatListeners) listener(changed);
    });
  }

  /** Prices are not told, only that they may be others. */
  #reprice(): void {
    this.#pricing ??= setTimeout(
      async () => {
        this.#pricing = undefined;
        for (const listener of this.#saleListeners) listener();
        try {
          const { event } = await request(EventTiers, { id: this.eventId }, { signal: this.#closed.signal });
          if (!event || this.#closed.signal.aborted) return;
          this.#prices = event.tiers;
          this.tiers.value = tiersOf(this.#prices, this.#summary);
        } catch {
          // What is shown stays until prices are told of again: a booking says what it costs before it is paid for.
        }
      },
      TIERS_WAIT_MS * (1 + Math.random()),
    );
  }
}

function tiersOf(prices: readonly Price[], summary: Summary | null): Tier[] {
  const countsOf = new Map(summary?.byTier.map((counts) => [counts.tierId, counts]));
  const none = { total: 0, available: 0, held: 0, booked: 0, blocked: 0 };
  return prices.map((tier, n) => ({
    ...none,
    ...countsOf.get(tier.id),
    ...tier,
    shape: SHAPES[(n + Math.floor(n / SHAPES.length)) % SHAPES.length]!, // a seventh tier shares its colour or its shape, never both
    colour: `var(--tier-${(n % SHAPES.length) + 1})`,
  }));
}

/** Base64, two bits a seat, the first in the lowest bits. */
function unpack(packed: string, into: Uint8Array): void {
  const bytes = atob(packed);
  for (let n = 0; n < into.length; n++) into[n] = (bytes.charCodeAt(n >> 2) >> ((n & 3) * 2)) & 3;
}
