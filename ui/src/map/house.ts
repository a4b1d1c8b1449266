/** The house around the seats: a stage before the front rows, or a floor that the seats surround. */

import type { House, Stage } from './types';

const EDGE = 2;
const STAGE_DEPTH = 4.5;
const STAGE_GAP = 1.8;
/** Seats surround a floor where the middle is so empty, and all but one of so many directions have seats. */
const FLOOR_RADIUS_LEAST = 8;
const DIRECTIONS = 12;

export function houseOf(x: Float32Array, y: Float32Array): House {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let n = 0; n < x.length; n++) {
    left = Math.min(left, x[n]!);
    right = Math.max(right, x[n]!);
    top = Math.min(top, y[n]!);
    bottom = Math.max(bottom, y[n]!);
  }
  if (left > right) [left, right, top, bottom] = [0, 0, 0, 0];
  const floor = floorOf(x, y, (left + right) / 2, (top + bottom) / 2);
  const stage = floor ? stageOn(floor) : stageBefore(x, y, left, right);
  return { left: left - EDGE, right: right + EDGE, top: Math.min(top, stage.back) - EDGE, bottom: bottom + EDGE, stage, floor };
}

function floorOf(x: Float32Array, y: Float32Array, middleX: number, middleY: number): House['floor'] {
  const seen = new Set<number>();
  let nearest = Infinity;
  for (let n = 0; n < x.length; n++) {
    const [dx, dy] = [x[n]! - middleX, y[n]! - middleY];
    nearest = Math.min(nearest, Math.hypot(dx, dy));
    seen.add(Math.floor((Math.atan2(dy, dx) / (2 * Math.PI) + 0.5) * DIRECTIONS) % DIRECTIONS);
  }
  const isFloor = nearest >= FLOOR_RADIUS_LEAST && seen.size >= DIRECTIONS - 1;
  return isFloor ? { x: middleX, y: middleY, radius: nearest - STAGE_GAP } : null;
}

/** At the floor's far end. */
function stageOn({ x, y, radius }: NonNullable<House['floor']>): Stage {
  const front = y - radius * 0.45;
  return { left: x - radius * 0.5, right: x + radius * 0.5, back: y - radius * 0.78, front, bow: front + radius * 0.07 };
}

/** Before the middle of the front row, as near as its curve lets it. */
function stageBefore(x: Float32Array, y: Float32Array, left: number, right: number): Stage {
  const middle = (left + right) / 2;
  const half = Math.max(3, Math.min(14, (right - left) * 0.18));
  const front = foremost(x, y, middle, half) - STAGE_GAP;
  const bow = Math.max(front, foremost(x, y, middle, half / 6) - STAGE_GAP);
  return { left: middle - half, right: middle + half, back: front - STAGE_DEPTH, front, bow };
}

/** How near to the stage a seat comes that stands at most `aside` from the middle; of all seats where none does. */
function foremost(x: Float32Array, y: Float32Array, middle: number, aside: number): number {
  let [near, any] = [Infinity, Infinity];
  for (let n = 0; n < x.length; n++) {
    any = Math.min(any, y[n]!);
    if (Math.abs(x[n]! - middle) <= aside) near = Math.min(near, y[n]!);
  }
  if (near < Infinity) return near;
  return any < Infinity ? any : 0;
}
