/** The seats drawn once, on a canvas larger than the view: moving about shows another part of it, a change redraws one seat. */

import type { Camera } from './camera';
import type { Lookup } from './lookup';
import { Marks } from './marks';
import { Names } from './names';
import type { Palette } from './palette';
import { Scenery } from './scenery';
import { CHOSEN, type Look, Sprites } from './sprites';
import { AVAILABLE, BLOCKED, HELD, type Plan, type Shape } from './types';

/** It holds all that one can move to if that has no more pixels; else what is in the view and such a part of it beyond each side. */
const PIXELS_MOST = 6e6;
const BEYOND = 0.3;
/** It grows by so many pixels at a time, and does not shrink: a canvas of another size is a new one. */
const GROWTH = 256;
/** Below so many pixels per seat width, seats are plain squares. */
const SHAPES_FROM = 4.5;
/** How much of its colour a held seat has where it is a square, and one that is not for sale. */
const HELD_STRENGTH = 0.45;
const TAKEN_STRENGTH = 0.5;
const CHOSEN_LEAST_PX = 5;

export class Sheet {
  readonly canvas = document.createElement('canvas');
  readonly #pen: CanvasRenderingContext2D;
  readonly #plan: Plan;
  readonly #lookup: Lookup;
  readonly #scenery: Scenery;
  readonly #names: Names;
  readonly #lookOf: (seatNo: number) => Look;
  readonly #shapes: readonly Shape[];
  #palette: Palette;
  /** For the scale that they were made for. */
  #sprites: Sprites | null = null;
  #marks: Marks | null = null;
  #spritesOf = 0;
  /** Device pixels per seat width, and the point of the plan in its upper left corner. */
  #scale = 0;
  #density = 1;
  #left = 0;
  #top = 0;
  /** What it cost to draw all of it last. */
  costMs = 0;

  constructor(plan: Plan, lookup: Lookup, shapes: readonly Shape[], palette: Palette, lookOf: (seatNo: number) => Look) {
    this.#plan = plan;
    this.#lookup = lookup;
    this.#shapes = shapes;
    this.#palette = palette;
    this.#lookOf = lookOf;
    this.#scenery = new Scenery(plan);
    this.#names = new Names(plan, lookup);
    this.#pen = this.canvas.getContext('2d', { alpha: false })!;
  }

  /** It has to be drawn again. */
  forget(palette = this.#palette): void {
    this.#palette = palette;
    this.#scale = this.#spritesOf = 0;
  }

  /** Whether it can be stretched instead of drawn anew. */
  isOfAnotherScale(camera: Camera, density: number): boolean {
    return this.#scale !== 0 && this.#scale !== camera.scale * density;
  }

  /** Whether it is of this scale, and all that is in the view is on it. */
  covers(camera: Camera, density: number): boolean {
    if (this.#scale !== camera.scale * density) return false;
    const { x, y } = this.#corner(camera, density);
    const [width, height] = [camera.width * density, camera.height * density];
    return x >= 0 && y >= 0 && x + width <= this.canvas.width && y + height <= this.canvas.height;
  }

  /** Draw all of it, around what is in the view. */
  draw(camera: Camera, density: number): void {
    const began = performance.now();
    this.#density = density;
    this.#scale = camera.scale * density;
    this.#place(camera);
    const { width, height } = this.canvas;
    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = this.#palette.ground;
    pen.fillRect(0, 0, width, height);
    pen.setTransform(this.#scale, 0, 0, this.#scale, -this.#left * this.#scale, -this.#top * this.#scale);
    this.#scenery.paint(pen, this.#palette);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    if (this.#hasShapes) this.#readySprites();
    const [right, bottom] = [this.#left + width / this.#scale, this.#top + height / this.#scale];
    this.#lookup.within(this.#left, right, this.#top, bottom, (seatNo) => this.drawSeat(seatNo));
    pen.setTransform(density, 0, 0, density, 0, 0);
    this.#names.paint(pen, this.#palette, camera.scale, (x, y) => [this.#x(x) / density, this.#y(y) / density]);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    this.costMs = performance.now() - began;
  }

  /** Draw one seat as it is now. The pen is set to device pixels, as it always is between drawings. */
  drawSeat(seatNo: number): void {
    if (this.#scale === 0) return;
    const look = this.#lookOf(seatNo);
    const tier = Math.min(this.#plan.tierOf[seatNo]!, this.#shapes.length);
    const [exactX, exactY] = [this.#x(this.#plan.x[seatNo]!), this.#y(this.#plan.y[seatNo]!)];
    if (!this.#hasShapes) {
      this.#drawSquare(look, tier, exactX, exactY);
      return;
    }
    const pen = this.#pen;
    const [x, y] = [Math.round(exactX), Math.round(exactY)];
    this.#sprites!.stamp(pen, tier, look, x, y);
    if (look <= HELD) this.#marks!.paint(pen, seatNo, look === AVAILABLE, x, y);
  }

  /** Show the part that is in the view; stretched, where it was drawn at another scale. */
  show(onto: CanvasRenderingContext2D, camera: Camera, density: number): void {
    const stretch = (camera.scale * density) / this.#scale;
    if (stretch === 1) {
      const { x, y } = this.#corner(camera, density);
      onto.drawImage(this.canvas, -x, -y);
      return;
    }
    onto.fillStyle = this.#palette.ground;
    onto.fillRect(0, 0, onto.canvas.width, onto.canvas.height);
    const { width, height } = this.canvas;
    const [x, y] = [camera.viewX(this.#left) * density, camera.viewY(this.#top) * density];
    onto.imageSmoothingQuality = 'low';
    onto.drawImage(this.canvas, x, y, width * stretch, height * stretch);
  }

  get #hasShapes(): boolean {
    return this.#scale >= SHAPES_FROM * this.#density;
  }

  #readySprites(): void {
    if (this.#sprites && this.#spritesOf === this.#scale) return;
    this.#sprites = new Sprites(this.#scale, this.#shapes, this.#palette);
    this.#marks = new Marks(this.#plan, this.#palette, this.#scale, this.#density);
    this.#spritesOf = this.#scale;
  }

  /** Told apart by how much of their colour they have; those that are chosen stand out by their size too. */
  #drawSquare(look: Look, tier: number, x: number, y: number): void {
    const pen = this.#pen;
    const side = Math.max(1, this.#scale * 0.88);
    const half = side / 2;
    pen.fillStyle = this.#palette.section;
    pen.fillRect(x - half, y - half, side, side);
    if (look >= CHOSEN) {
      const large = Math.max(side, CHOSEN_LEAST_PX * this.#density);
      pen.fillStyle = this.#palette.chosen;
      pen.fillRect(x - large / 2, y - large / 2, large, large);
      return;
    }
    if (look === AVAILABLE || look === HELD)
      pen.fillStyle = tier < this.#shapes.length ? this.#palette.tiers[tier % this.#palette.tiers.length]! : this.#palette.quiet;
    else pen.fillStyle = look === BLOCKED ? this.#palette.section : this.#palette.booked;
    pen.globalAlpha = look === HELD ? HELD_STRENGTH : look === AVAILABLE ? 1 : TAKEN_STRENGTH;
    pen.fillRect(x - half, y - half, side, side);
    pen.globalAlpha = 1;
  }

  /** As large as it has to be, and around the middle of what it is to hold. */
  #place(camera: Camera): void {
    const all = camera.reach();
    const holdsAll = all.width * all.height * this.#scale * this.#scale <= PIXELS_MOST;
    const [seenWidth, seenHeight] = [camera.width / camera.scale, camera.height / camera.scale];
    const held = holdsAll ? all : { x: camera.x, y: camera.y, width: seenWidth * (1 + 2 * BEYOND), height: seenHeight * (1 + 2 * BEYOND) };
    const width = Math.ceil((held.width * this.#scale) / GROWTH) * GROWTH;
    const height = Math.ceil((held.height * this.#scale) / GROWTH) * GROWTH;
    if (this.canvas.width < width) this.canvas.width = width;
    if (this.canvas.height < height) this.canvas.height = height;
    this.#left = held.x - this.canvas.width / 2 / this.#scale;
    this.#top = held.y - this.canvas.height / 2 / this.#scale;
  }

  /** Where the view begins on it, in whole device pixels, so that it is copied and not blurred. */
  #corner(camera: Camera, density: number): { x: number; y: number } {
    return {
      x: Math.round((camera.x - this.#left) * this.#scale - (camera.width * density) / 2),
      y: Math.round((camera.y - this.#top) * this.#scale - (camera.height * density) / 2),
    };
  }

  #x(x: number): number {
    return (x - this.#left) * this.#scale;
  }

  #y(y: number): number {
    return (y - this.#top) * this.#scale;
  }
}
