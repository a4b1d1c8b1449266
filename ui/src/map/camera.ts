/** What of the plan one sees: its middle and how large a seat is. */

import type { House } from './types';

/** Pixels that a seat's width takes when one is nearest. */
const NEAREST = 40;
const GLIDE_MS = 260;
/** How much of the view stays empty around the whole map. */
const PADDING_PX = 14;
/** So much of the view may be empty beside the map when one has come near. */
const BEYOND = 0.25;

interface View {
  x: number;
  y: number;
  scale: number;
}

export class Camera implements View {
  /** The point of the plan that is in the middle of the view, in seat widths. */
  x = 0;
  y = 0;
  /** Pixels per seat width. */
  scale = 1;
  width = 0;
  height = 0;
  readonly #house: House;
  #glide: { from: View; to: View; began: number } | null = null;

  constructor(house: House) {
    this.#house = house;
  }

  /** All that can come into the view at this scale: its middle and its size, in seat widths. */
  reach(): { x: number; y: number; width: number; height: number } {
    const { left, right, top, bottom } = this.#house;
    const [seenWidth, seenHeight] = [this.width / this.scale, this.height / this.scale];
    return {
      x: (left + right) / 2,
      y: (top + bottom) / 2,
      width: Math.max(seenWidth, right - left + 2 * BEYOND * seenWidth),
      height: Math.max(seenHeight, bottom - top + 2 * BEYOND * seenHeight),
    };
  }

  /** The scale at which the whole house is seen. */
  get whole(): number {
    const { left, right, top, bottom } = this.#house;
    const across = (this.width - 2 * PADDING_PX) / (right - left);
    const down = (this.height - 2 * PADDING_PX) / (bottom - top);
    return Math.max(1e-6, Math.min(across, down, NEAREST));
  }

  get isWhole(): boolean {
    return this.scale <= this.whole * 1.001;
  }

  get isNearest(): boolean {
    return this.scale >= NEAREST * 0.999;
  }

  /** The view is of another size: what was in its middle stays there, and the whole stays the whole. */
  resize(width: number, height: number): void {
    const wasWhole = this.width === 0 || this.isWhole;
    this.width = width;
    this.height = height;
    if (wasWhole) this.scale = this.whole;
    this.#place(this);
  }

  panBy(dx: number, dy: number): void {
    this.#glide = null;
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.#place(this);
  }

  /** Nearer by a factor; what is at a point of the view stays there. */
  zoomAt(pointX: number, pointY: number, factor: number, isGliding = false): void {
    const from = isGliding && this.#glide ? this.#glide.to : this;
    const scale = Math.min(NEAREST, Math.max(this.whole, from.scale * factor));
    const [aside, below] = [pointX - this.width / 2, pointY - this.height / 2];
    const to = { scale, x: from.x + aside / from.scale - aside / scale, y: from.y + below / from.scale - below / scale };
    this.#go(to, isGliding);
  }

  showWhole(isGliding: boolean): void {
    this.#go({ x: this.x, y: this.y, scale: this.whole }, isGliding);
  }

  /** Move until a point of the plan is well inside. */
  reveal(x: number, y: number, isGliding: boolean): void {
    const { scale } = this.#glide?.to ?? this;
    const middle = this.#glide?.to ?? this;
    const [roomX, roomY] = [(this.width * 0.36) / scale, (this.height * 0.33) / scale];
    const to = { scale, x: Math.min(x + roomX, Math.max(x - roomX, middle.x)), y: Math.min(y + roomY, Math.max(y - roomY, middle.y)) };
    if (to.x !== middle.x || to.y !== middle.y) this.#go(to, isGliding);
  }

  /** Go on gliding; whether there is more to come. */
  step(now: number): boolean {
    if (!this.#glide) return false;
    const { from, to, began } = this.#glide;
    const part = Math.min(1, Math.max(0, now - began) / GLIDE_MS);
    const eased = 1 - (1 - part) ** 3;
    this.scale = from.scale * (to.scale / from.scale) ** eased;
    const way = Math.abs(to.scale / from.scale - 1) < 1e-3 ? eased : (1 / from.scale - 1 / this.scale) / (1 / from.scale - 1 / to.scale);
    this.x = from.x + (to.x - from.x) * way;
    this.y = from.y + (to.y - from.y) * way;
    if (part === 1) {
      Object.assign(this, to);
      this.#glide = null;
    }
    return this.#glide !== null;
  }

  /** Where a point of the plan is in the view. */
  viewX(x: number): number {
    return (x - this.x) * this.scale + this.width / 2;
  }

  viewY(y: number): number {
    return (y - this.y) * this.scale + this.height / 2;
  }

  planX(viewX: number): number {
    return (viewX - this.width / 2) / this.scale + this.x;
  }

  planY(viewY: number): number {
    return (viewY - this.height / 2) / this.scale + this.y;
  }

  #go(to: View, isGliding: boolean): void {
    this.#place(to);
    this.#glide = isGliding ? { from: { x: this.x, y: this.y, scale: this.scale }, to, began: performance.now() } : null;
    if (!isGliding) Object.assign(this, to);
  }

  /** Within what there is to see. */
  #place(view: View): void {
    const { left, right, top, bottom } = this.#house;
    view.scale = Math.min(NEAREST, Math.max(this.whole, view.scale));
    view.x = within(left, right, view.x, this.width / view.scale);
    view.y = within(top, bottom, view.y, this.height / view.scale);
  }
}

function within(least: number, most: number, middle: number, seen: number): number {
  const half = seen * (0.5 - BEYOND);
  if (most - least <= seen) return (least + most) / 2;
  return Math.min(most - half, Math.max(least + half, middle));
}
