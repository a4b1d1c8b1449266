/** One map on one page: what it shows, and what hands and keys do to it. */

import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { Camera } from './camera';
import { follow } from './gestures';
import { Lookup } from './lookup';
import { Painter } from './painter';
import { onThemeChange, type Palette, paletteOf } from './palette';
import { Pulses } from './pulses';
import { Sheet } from './sheet';
import { CHOSEN, type Look, MINE } from './sprites';
import type { Plan, SeatMapProps, Status } from './types';
import type { SeatNow } from './words';

const STEP = 1.7;
/** A seat that is drawn smaller is not picked but come nearer to: by fingers, and by a mouse. */
const FINGER_PX = 9;
const MOUSE_PX = 4;
const TOUCH_REACH_PX = 10;
const NEAR_PX = 18;
/** Changes of more seats at once are not pulsed one by one. */
const PULSED_MOST = 40;

export class MapView {
  readonly plan: Plan;
  readonly focused = signal(0);
  readonly hovered = signal<number | null>(null);
  /** Whether what has the focus is shown: while one goes about by keyboard. */
  readonly isFocusShown = signal(false);
  /** Counts what moves the map, and what changes the row that has the focus. */
  readonly moves = signal(0);
  readonly rowChanges = signal(0);
  readonly camera: Camera;
  readonly #props: SeatMapProps;
  readonly #lookup: Lookup;
  readonly #pulses: Pulses;
  readonly #painter: Painter;
  readonly #stops: (() => void)[];
  readonly #reduced = matchMedia('(prefers-reduced-motion: reduce)');
  #palette: Palette;
  #sheet: Sheet;

  constructor(frame: HTMLElement, canvas: HTMLCanvasElement, target: HTMLElement, plan: Plan, props: SeatMapProps) {
    this.plan = plan;
    this.#props = props;
    this.camera = new Camera(plan.house);
    this.#lookup = new Lookup(plan);
    this.#pulses = new Pulses(plan);
    this.#palette = paletteOf(frame);
    const shapes = props.board.tiers.peek().map((tier) => tier.shape);
    this.#sheet = new Sheet(plan, this.#lookup, shapes, this.#palette, (seatNo) => this.#lookOf(seatNo));
    this.#painter = new Painter(
      canvas,
      () => this.#scene(),
      () => this.moves.value++,
    );
    const resized = new ResizeObserver(() => this.#resize(target));
    resized.observe(target);
    this.#stops = [
      () => resized.disconnect(),
      () => this.#painter.stop(),
      onThemeChange(() => this.#repaint(frame)),
      props.board.onChange((changed) => this.#change(changed)),
      this.#redrawChanges(props.selected),
      this.#redrawChanges(props.mine),
      effect(() => {
        this.focused.value;
        this.hovered.value;
        this.isFocusShown.value;
        props.board.tiers.value;
        this.#painter.request();
      }),
      follow(target, {
        pan: (dx, dy) => this.#see(() => this.camera.panBy(dx, dy)),
        zoom: (x, y, factor) => this.#zoom(x, y, factor, false),
        tap: (x, y, reach, isSecond) => this.#tap(x, y, reach, isSecond),
        hover: (point) => {
          this.hovered.value = point && this.#seatAt(point.x, point.y, 0);
        },
      }),
    ];
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  /** A seat as it is now. */
  seat(seatNo: number): SeatNow {
    const { board, selected, mine } = this.#props;
    return {
      seatNo,
      tier: board.tiers.value[this.plan.tierOf[seatNo]!],
      status: (board.statuses[seatNo] ?? 0) as Status,
      isChosen: selected.value.has(seatNo),
      isMine: mine.value.has(seatNo),
    };
  }

  focus(seatNo: number): void {
    this.focused.value = seatNo;
    this.isFocusShown.value = true;
    this.#see(() => this.camera.reveal(this.plan.x[seatNo]!, this.plan.y[seatNo]!, !this.#reduced.matches));
  }

  /** Nearer, further, or all of it. */
  look(way: 'nearer' | 'further' | 'whole'): void {
    if (way === 'whole') {
      this.#see(() => this.camera.showWhole(!this.#reduced.matches));
      return;
    }
    const { x, y } = this.isFocusShown.value ? this.viewOf(this.focused.value) : { x: this.camera.width / 2, y: this.camera.height / 2 };
    this.#zoom(x, y, way === 'nearer' ? STEP : 1 / STEP, true);
  }

  /** Where a seat is in the view, in pixels. */
  viewOf(seatNo: number): { x: number; y: number } {
    return { x: this.camera.viewX(this.plan.x[seatNo]!), y: this.camera.viewY(this.plan.y[seatNo]!) };
  }

  #lookOf(seatNo: number): Look {
    const { board, selected, mine } = this.#props;
    if (mine.peek().has(seatNo)) return MINE;
    if (selected.peek().has(seatNo)) return CHOSEN;
    return (board.statuses[seatNo] ?? 0) as Status;
  }

  #scene() {
    const { board } = this.#props;
    return {
      plan: this.plan,
      camera: this.camera,
      sheet: this.#sheet,
      pulses: this.#pulses,
      palette: this.#palette,
      standing: board.tiers.peek().filter((tier) => tier.kind === 'STANDING'),
      focused: this.isFocusShown.peek() ? this.focused.peek() : null,
      hovered: this.hovered.peek(),
    };
  }

  #resize(target: HTMLElement): void {
    this.#see(() => this.camera.resize(target.clientWidth, target.clientHeight));
  }

  #repaint(frame: HTMLElement): void {
    this.#palette = paletteOf(frame);
    this.#sheet.forget(this.#palette);
    this.#painter.request();
  }

  #see(move: () => void): void {
    move();
    this.#painter.request();
  }

  #zoom(x: number, y: number, factor: number, isGliding: boolean): boolean {
    const { camera } = this;
    if (factor < 1 ? camera.isWhole : camera.isNearest) return false;
    this.#see(() => camera.zoomAt(x, y, factor, isGliding && !this.#reduced.matches));
    return true;
  }

  #seatAt(x: number, y: number, reach: number): number | null {
    const { camera } = this;
    return this.#lookup.nearest(camera.planX(x), camera.planY(y), Math.max(0.55, (camera.scale * 0.5 + reach) / camera.scale));
  }

  #tap(x: number, y: number, reach: number, isSecond: boolean): void {
    const { scale } = this.camera;
    const isFinger = reach >= TOUCH_REACH_PX;
    const seatNo = this.#seatAt(x, y, reach);
    if (seatNo !== null && scale >= (isFinger ? FINGER_PX : MOUSE_PX)) {
      this.focused.value = seatNo;
      this.isFocusShown.value = false;
      if (isFinger) this.hovered.value = seatNo;
      this.#props.onPick(seatNo);
    } else if (seatNo !== null) {
      this.#zoom(x, y, NEAR_PX / scale, true);
    } else {
      this.isFocusShown.value = false;
      if (isSecond) this.#zoom(x, y, STEP * STEP, true);
    }
  }

  #change(changed: readonly number[] | 'all'): void {
    if (changed === 'all') {
      this.#sheet.forget();
      this.rowChanges.value++;
    } else {
      const now = performance.now();
      const rowNo = this.plan.rowOf[this.focused.peek()];
      for (const seatNo of changed) {
        this.#sheet.drawSeat(seatNo);
        if (this.plan.rowOf[seatNo] === rowNo) this.rowChanges.value++;
        if (changed.length <= PULSED_MOST && !this.#reduced.matches) this.#pulses.add(seatNo, now);
      }
    }
    this.#painter.request();
  }

  /** Draws the seats again that came to, or left, a set of seats. Answers how to stop. */
  #redrawChanges(seats: ReadonlySignal<ReadonlySet<number>>): () => void {
    let before: ReadonlySet<number> = new Set();
    return effect(() => {
      const now = seats.value;
      for (const seatNo of now) if (!before.has(seatNo)) this.#sheet.drawSeat(seatNo);
      for (const seatNo of before) if (!now.has(seatNo)) this.#sheet.drawSeat(seatNo);
      before = now;
      this.#painter.request();
    });
  }
}
