/** A small picture of each kind of seat, drawn once per scale: showing a seat is then one copy. */

import type { Palette } from './palette';
import { CROSS, OUTLINES, STAR, STRIPES, TICK } from './shapes';
import { AVAILABLE, BLOCKED, BOOKED, HELD, type Shape } from './types';

/** What a seat looks like: its status, or that it is chosen or the reader's own. */
export const CHOSEN = 4;
export const MINE = 5;
export type Look = 0 | 1 | 2 | 3 | 4 | 5;
const LOOKS: readonly Look[] = [AVAILABLE, HELD, BOOKED, BLOCKED, CHOSEN, MINE];

export class Sprites {
  /** The side of one picture, in device pixels. */
  readonly size: number;
  readonly #sheet: HTMLCanvasElement;

  /** `pixels` is what a seat's width is in device pixels; the last picture is of seats without a tier. */
  constructor(pixels: number, shapes: readonly Shape[], palette: Palette) {
    this.size = Math.ceil(pixels) + 1;
    this.#sheet = document.createElement('canvas');
    this.#sheet.width = this.size * LOOKS.length;
    this.#sheet.height = this.size * (shapes.length + 1);
    const pen = this.#sheet.getContext('2d')!;
    for (let tier = 0; tier <= shapes.length; tier++) {
      const colour = tier < shapes.length ? palette.tiers[tier % palette.tiers.length]! : palette.quiet;
      for (const look of LOOKS) {
        pen.setTransform(pixels, 0, 0, pixels, (look + 0.5) * this.size, (tier + 0.5) * this.size);
        draw(pen, look, shapes[tier] ?? 'circle', colour, palette);
      }
    }
  }

  /** In the middle of these device pixels, over whatever is there. */
  stamp(pen: CanvasRenderingContext2D, tier: number, look: Look, x: number, y: number): void {
    const { size } = this;
    const half = size >> 1;
    pen.drawImage(this.#sheet, look * size, tier * size, size, size, x - half, y - half, size, size);
  }
}

/** On a disc of the section's colour, which hides what the seat was before. */
function draw(pen: CanvasRenderingContext2D, look: Look, shape: Shape, colour: string, palette: Palette): void {
  disc(pen, palette.section, 0.5);
  pen.lineWidth = 0.11;
  pen.lineCap = pen.lineJoin = 'round';
  const outline = new Path2D(OUTLINES[shape]);
  if (look === AVAILABLE) {
    pen.fillStyle = colour;
    pen.fill(outline);
  } else if (look === HELD) {
    pen.save();
    pen.scale(0.88, 0.88); // the line's outer edge is where a filled one's would be
    stroke(pen, outline, colour, 0.12);
    pen.restore();
    stroke(pen, new Path2D(STRIPES), colour, 0.09);
  } else if (look === BOOKED) {
    disc(pen, palette.booked, 0.17);
  } else if (look === BLOCKED) {
    stroke(pen, new Path2D(CROSS), palette.blocked, 0.11);
  } else {
    disc(pen, palette.chosen, 0.49);
    if (look === CHOSEN) stroke(pen, new Path2D(TICK), palette['on-chosen'], 0.13);
    else {
      pen.fillStyle = palette.mine;
      pen.fill(new Path2D(STAR));
    }
  }
}

function disc(pen: CanvasRenderingContext2D, colour: string, radius: number): void {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
  pen.fill();
}

function stroke(pen: CanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}
