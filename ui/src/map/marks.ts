/** What is written on a seat when one is near: its number, or what is special about it. */

import type { Palette } from './palette';
import { EYE_CROSSED, PERSON, WHEELCHAIR } from './shapes';
import { ACCESSIBLE, COMPANION, type Plan, RESTRICTED } from './types';

/** In pixels per seat width. */
const MARKS_FROM = 11;
const NUMBERS_FROM = 24;
const NUMBER_LETTERS_MOST = 4;

export class Marks {
  readonly #plan: Plan;
  readonly #palette: Palette;
  /** Device pixels per seat width. */
  readonly #scale: number;
  readonly #hasMarks: boolean;
  readonly #hasNumbers: boolean;
  readonly #font: string;
  /** The first that applies to a seat is shown. */
  readonly #pictures: readonly (readonly [number, Path2D])[] = [
    [ACCESSIBLE, new Path2D(WHEELCHAIR)],
    [COMPANION, new Path2D(PERSON)],
    [RESTRICTED, new Path2D(EYE_CROSSED)],
  ];

  /** `density` is device pixels per pixel. */
  constructor(plan: Plan, palette: Palette, scale: number, density: number) {
    this.#plan = plan;
    this.#palette = palette;
    this.#scale = scale;
    this.#hasMarks = scale >= MARKS_FROM * density;
    this.#hasNumbers = scale >= NUMBERS_FROM * density;
    this.#font = `600 ${Math.round(scale * 0.32)}px ${palette.font}`;
  }

  /** Over a seat that is filled or hollow; the pen is set to device pixels. */
  paint(pen: CanvasRenderingContext2D, seatNo: number, isFilled: boolean, x: number, y: number): void {
    if (!this.#hasMarks) return;
    const flags = this.#plan.flags[seatNo]!;
    const picture = flags === 0 ? undefined : this.#pictures.find(([flag]) => flags & flag)?.[1];
    const colour = isFilled ? this.#palette.section : this.#palette.ink;
    if (picture) this.#draw(pen, picture, colour, x, y);
    else if (this.#hasNumbers && isFilled) this.#write(pen, seatNo, colour, x, y);
  }

  #draw(pen: CanvasRenderingContext2D, picture: Path2D, colour: string, x: number, y: number): void {
    pen.setTransform(this.#scale, 0, 0, this.#scale, x, y);
    pen.strokeStyle = colour;
    pen.lineWidth = 0.075;
    pen.lineCap = pen.lineJoin = 'round';
    pen.stroke(picture);
    pen.setTransform(1, 0, 0, 1, 0, 0);
  }

  #write(pen: CanvasRenderingContext2D, seatNo: number, colour: string, x: number, y: number): void {
    pen.fillStyle = colour;
    pen.font = this.#font;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(this.#plan.numberOf(seatNo).slice(0, NUMBER_LETTERS_MOST), x, y + this.#scale * 0.02);
  }
}
