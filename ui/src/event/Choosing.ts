/** A choice that lasts through a log-in or a reload, and loses what others take. */

import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { AVAILABLE, BOOKED, type Board } from '../map/types';
import { announce } from '../parts/announce';
import { type Choice, MOST, NOTHING, seatsOf, sizeOf, standing, toggled, without } from './choice';

export class Choosing {
  readonly choice = signal<Choice>(NOTHING);
  readonly selected = computed<ReadonlySet<number>>(() => new Set(seatsOf(this.choice.value)));
  /** What has just become of the choice without being asked for, for people. */
  readonly note = signal<string | null>(null);
  /** How many places can be chosen. */
  readonly most: ReadonlySignal<number>;
  readonly #board: Board;
  readonly #mine: ReadonlySignal<ReadonlySet<number>>;
  readonly #stops: (() => void)[];
  /** While the box office is asked for them, one's own seats are held without being taken by somebody else. */
  #isAsking = false;

  constructor(board: Board, mine: ReadonlySignal<ReadonlySet<number>>, most: ReadonlySignal<number | null>) {
    this.#board = board;
    this.#mine = mine;
    this.most = computed(() => Math.min(MOST, most.value ?? MOST));
    const key = `box-office.choice.${board.eventId}`;
    this.choice.value = kept(key);
    this.#stops = [
      effect(() => keep(key, this.choice.value)),
      effect(() => void (board.plan.value && this.#dropTaken())),
      board.onChange(() => this.#dropTaken()),
    ];
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  /** A seat was picked on the map. */
  pick(seatNo: number): void {
    const { choice, most } = this;
    if (!this.selected.value.has(seatNo)) {
      const isFull = seatsOf(choice.value).length >= most.value;
      const no = this.#whyNot(seatNo) ?? (isFull ? `${most.value} places are the most you can book at once.` : null);
      if (no) {
        this.#say(no);
        return;
      }
    }
    const wasStanding = choice.value.of === 'standing';
    choice.value = toggled(choice.value, seatNo);
    if (wasStanding) this.#say('Your standing places were let go: a booking is of seats, or of standing places.');
    else this.note.value = null;
  }

  /** So many of a standing tier instead of what was chosen. */
  stand(tierId: string, quantity: number): void {
    const seats = seatsOf(this.choice.value).length;
    this.choice.value = standing(tierId, Math.min(quantity, this.most.value));
    if (seats > 0) this.#say('Your seats were let go: a booking is of seats, or of standing places.');
    else this.note.value = null;
  }

  /** These cannot be had, the box office says. */
  drop(seats: readonly number[]): void {
    this.choice.value = without(this.choice.value, seats);
  }

  clear(): void {
    this.choice.value = NOTHING;
    this.note.value = null;
  }

  /** Choose those of them again that can still be had. */
  again(choice: Choice): void {
    const lost = seatsOf(choice).filter((seatNo) => this.#board.statuses[seatNo] !== AVAILABLE);
    this.choice.value = without(choice, lost);
    if (lost.length > 0) this.#say(`${this.#names(lost)} went to somebody else.`);
    else this.note.value = null;
  }

  /** Ask for the chosen places. What others have taken meanwhile is told afterwards, unless they became one's own. */
  async whileAsking(ask: () => Promise<void>): Promise<void> {
    this.#isAsking = true;
    try {
      await ask();
    } finally {
      this.#isAsking = false;
      this.#dropTaken();
    }
  }

  #dropTaken(): void {
    if (this.#isAsking || !this.#board.plan.peek() || sizeOf(this.choice.peek()) === 0) return;
    const { statuses } = this.#board;
    const taken = seatsOf(this.choice.peek()).filter((seatNo) => statuses[seatNo] !== AVAILABLE);
    if (taken.length === 0) return;
    this.choice.value = without(this.choice.peek(), taken);
    const rest = sizeOf(this.choice.peek()) > 0 ? ' The rest of your choice is kept.' : '';
    this.#say(`${this.#names(taken)} ${taken.length === 1 ? 'was' : 'were'} just taken.${rest}`);
  }

  #whyNot(seatNo: number): string | null {
    const name = this.#names([seatNo]);
    if (this.#mine.value.has(seatNo)) return `${name} is yours already.`;
    const status = this.#board.statuses[seatNo];
    if (status === AVAILABLE) return null;
    return status === BOOKED
      ? `${name} is booked.`
      : `${name} cannot be had now: ${status === 1 ? 'somebody holds it' : 'it is not on sale'}.`;
  }

  #names(seats: readonly number[]): string {
    return seats.map((seatNo) => this.#board.plan.peek()?.nameOf(seatNo) ?? 'A seat').join('; ');
  }

  #say(words: string): void {
    this.note.value = words;
    announce(words);
  }
}

function kept(key: string): Choice {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? NOTHING;
  } catch {
    return NOTHING; // storage that is closed to us, or holds something else
  }
}

function keep(key: string, choice: Choice): void {
  try {
    if (sizeOf(choice) > 0) sessionStorage.setItem(key, JSON.stringify(choice));
    else sessionStorage.removeItem(key);
  } catch {
    // It lasts as long as the page then.
  }
}
