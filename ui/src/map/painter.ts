/** What is seen: each frame shows a part of the sheet, and over it what moves. */

import type { Camera } from './camera';
import type { Palette } from './palette';
import type { Pulses } from './pulses';
import type { Sheet } from './sheet';
import type { Plan, Tier } from './types';

/** A sheet that takes longer to draw is stretched while one zooms, and drawn again when that has ended. */
const SWIFT_MS = 8;
const SETTLED_MS = 90;
const RING_LEAST = 8;

export interface Scene {
  readonly plan: Plan;
  readonly camera: Camera;
  readonly sheet: Sheet;
  readonly pulses: Pulses;
  readonly palette: Palette;
  readonly standing: readonly Tier[];
  readonly focused: number | null;
  readonly hovered: number | null;
}

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #scene: () => Scene;
  readonly #moved: () => void;
  #frame = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #mustSettle = false;
  #at = { x: 0, y: 0, scale: 0 };

  /** `scene` is asked for before each frame; `moved` is told when the camera is elsewhere than in the frame before. */
  constructor(canvas: HTMLCanvasElement, scene: () => Scene, moved: () => void) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext('2d', { alpha: false })!;
    this.#scene = scene;
    this.#moved = moved;
  }

  /** Paint within the next frame. */
  request(): void {
    this.#frame ||= requestAnimationFrame((now) => this.#paint(now));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settling);
  }

  #paint(now: number): void {
    this.#frame = 0;
    const scene = this.#scene();
    const { camera, sheet, palette } = scene;
    const density = devicePixelRatio;
    const [width, height] = [Math.round(camera.width * density), Math.round(camera.height * density)];
    if (width === 0 || height === 0) return;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const isGliding = camera.step(now);
    this.#tellMoves(camera);
    this.#readySheet(sheet, camera, density, isGliding);
    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    sheet.show(pen, camera, density);
    pen.setTransform(density, 0, 0, density, 0, 0);
    paintFloor(pen, scene);
    const isPulsing = scene.pulses.paint(pen, camera, now, palette.ink);
    if (scene.hovered !== null) ring(pen, scene, scene.hovered, palette.ink, 2);
    if (scene.focused !== null) {
      ring(pen, scene, scene.focused, palette.ground, 6);
      ring(pen, scene, scene.focused, palette.focus, 3);
    }
    if (isGliding || isPulsing) this.request();
  }

  #tellMoves({ x, y, scale }: Camera): void {
    if (this.#at.x === x && this.#at.y === y && this.#at.scale === scale) return;
    this.#at = { x, y, scale };
    this.#moved();
  }

  #readySheet(sheet: Sheet, camera: Camera, density: number, isGliding: boolean): void {
    if (sheet.covers(camera, density)) return;
    const isSlow = sheet.costMs > SWIFT_MS && sheet.isOfAnotherScale(camera, density);
    if (!isSlow || this.#mustSettle) {
      this.#mustSettle = false;
      sheet.draw(camera, density);
      return;
    }
    clearTimeout(this.#settling);
    this.#settling = setTimeout(
      () => {
        this.#mustSettle = true;
        this.request();
      },
      isGliding ? SETTLED_MS * 3 : SETTLED_MS,
    );
  }
}

/** Who stands on the floor, and how many more could. */
function paintFloor(pen: CanvasRenderingContext2D, { plan, camera, palette, standing }: Scene): void {
  const { floor } = plan.house;
  if (!floor) return;
  const size = Math.min(26, Math.max(11, floor.radius * camera.scale * 0.11));
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  let y = camera.viewY(floor.y + floor.radius * 0.1);
  for (const tier of standing) {
    const x = camera.viewX(floor.x);
    const room = floor.radius * 1.7 * camera.scale;
    pen.fillStyle = palette.ink;
    pen.font = `700 ${size}px ${palette.font}`;
    pen.fillText(tier.name, x, y, room);
    pen.fillStyle = palette.quiet;
    pen.font = `${size * 0.82}px ${palette.font}`;
    pen.fillText(tier.available > 0 ? `${tier.available.toLocaleString()} left` : 'sold out', x, y + size * 1.25, room);
    y += size * 3;
  }
}

function ring(pen: CanvasRenderingContext2D, { plan, camera }: Scene, seatNo: number, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  pen.arc(camera.viewX(plan.x[seatNo]!), camera.viewY(plan.y[seatNo]!), Math.max(RING_LEAST, camera.scale * 0.58), 0, 2 * Math.PI);
  pen.stroke();
}
