/** Which seats are where: a chessboard over the plan, with the seats of each field side by side. */

import type { Plan } from './types';

const FIELD = 3;
const FIELDS_MOST = 1 << 16;

export class Lookup {
  readonly #plan: Plan;
  readonly #field: number;
  readonly #across: number;
  readonly #down: number;
  /** Where each field's seats begin in `#seats`; one more, so that each has an end. */
  readonly #starts: Uint32Array;
  readonly #seats: Uint32Array;

  constructor(plan: Plan) {
    this.#plan = plan;
    const { left, right, top, bottom } = plan.house;
    this.#field = Math.max(
      FIELD,
      Math.sqrt(((right - left) * (bottom - top)) / FIELDS_MOST),
      Math.max(right - left, bottom - top) / FIELDS_MOST,
    );
    this.#across = Math.floor((right - left) / this.#field) + 1;
    this.#down = Math.floor((bottom - top) / this.#field) + 1;
    this.#starts = new Uint32Array(this.#across * this.#down + 1);
    this.#seats = new Uint32Array(plan.seatCount);
    for (let n = 0; n < plan.seatCount; n++) this.#starts[this.#fieldOf(n) + 1]!++;
    for (let n = 1; n < this.#starts.length; n++) this.#starts[n]! += this.#starts[n - 1]!;
    const next = this.#starts.slice();
    for (let n = 0; n < plan.seatCount; n++) this.#seats[next[this.#fieldOf(n)]!++] = n;
  }

  /** Each seat that stands between these lines, and some a little outside. */
  within(left: number, right: number, top: number, bottom: number, visit: (seatNo: number) => void): void {
    const [first, last] = [this.#column(left), this.#column(right)];
    for (let line = this.#line(top); line <= this.#line(bottom); line++) {
      const end = this.#starts[line * this.#across + last + 1]!;
      for (let n = this.#starts[line * this.#across + first]!; n < end; n++) visit(this.#seats[n]!);
    }
  }

  /** The seat nearest to a point, at most so far from it. */
  nearest(x: number, y: number, most: number): number | null {
    const { x: xs, y: ys } = this.#plan;
    let [found, distance]: [number | null, number] = [null, most];
    this.within(x - most, x + most, y - most, y + most, (seatNo) => {
      const away = Math.hypot(xs[seatNo]! - x, ys[seatNo]! - y);
      if (away <= distance) [found, distance] = [seatNo, away];
    });
    return found;
  }

  #fieldOf(seatNo: number): number {
    return this.#line(this.#plan.y[seatNo]!) * this.#across + this.#column(this.#plan.x[seatNo]!);
  }

  #column(x: number): number {
    return Math.min(this.#across - 1, Math.max(0, Math.floor((x - this.#plan.house.left) / this.#field)));
  }

  #line(y: number): number {
    return Math.min(this.#down - 1, Math.max(0, Math.floor((y - this.#plan.house.top) / this.#field)));
  }
}
