/** Rings that go out from seats that have just changed. */

import type { Camera } from './camera';
import type { Plan } from './types';

const LASTS_MS = 900;
const AT_ONCE = 96;
const PHASES = 8;

export class Pulses {
  readonly #plan: Plan;
  /** The newest replace the oldest: nothing grows however much changes. */
  readonly #seats = new Int32Array(AT_ONCE).fill(-1);
  readonly #began = new Float64Array(AT_ONCE);
  #next = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add(seatNo: number, now: number): void {
    this.#seats[this.#next] = seatNo;
    this.#began[this.#next] = now;
    this.#next = (this.#next + 1) % AT_ONCE;
  }

  /** Draw those that are in the view; whether there is more to come. Rings of about the same age are one path. */
  paint(pen: CanvasRenderingContext2D, camera: Camera, now: number, colour: string): boolean {
    const { x: xs, y: ys } = this.#plan;
    let isMore = false;
    for (let phase = 0; phase < PHASES; phase++) {
      let isEmpty = true;
      const radius = Math.max(4, camera.scale * 0.5) + (phase / PHASES) * Math.max(7, camera.scale * 0.5);
      for (let n = 0; n < AT_ONCE; n++) {
        const seatNo = this.#seats[n]!;
        const age = (now - this.#began[n]!) / LASTS_MS;
        if (seatNo < 0 || age >= 1 || Math.floor(Math.max(0, age) * PHASES) !== phase) continue;
        isMore = true;
        const [x, y] = [camera.viewX(xs[seatNo]!), camera.viewY(ys[seatNo]!)];
        if (x < -radius || y < -radius || x > camera.width + radius || y > camera.height + radius) continue;
        if (isEmpty) pen.beginPath();
        isEmpty = false;
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, 2 * Math.PI);
      }
      if (isEmpty) continue;
      pen.globalAlpha = 1 - phase / PHASES;
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.stroke();
    }
    pen.globalAlpha = 1;
    return isMore;
  }
}
