/** What stands written on the map: the stage, the sections, and the rows when one is near. */

import type { Lookup } from './lookup';
import type { Palette } from './palette';
import type { Plan, PlanRow, PlanSection } from './types';

/** From so many pixels per seat width on, rows show their labels. */
const ROW_LABELS_FROM = 8;
const NAME_LETTERS_MOST = 36;
const ROW_LETTERS_MOST = 4;
/** How far beside a row's end its label stands, and how far from any seat: in the usual case, and where there is little room. */
const BESIDE = [
  [1.1, 0.9],
  [0.75, 0.65],
] as const;

/** A section's name: behind the middle of its last row, along it. `aside` and `down` lead away from the row. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly aside: number;
  readonly down: number;
  readonly room: number;
}

interface RowLabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a point of the plan is, in pixels. */
type At = (x: number, y: number) => readonly [number, number];

export class Names {
  readonly #plan: Plan;
  readonly #places: readonly Place[];
  readonly #names: readonly string[];
  /** The same without the words that all begin with: `101` for `Block 101`. */
  readonly #shortNames: readonly string[];
  readonly #rowLabels: readonly RowLabel[];

  constructor(plan: Plan, lookup: Lookup) {
    this.#plan = plan;
    this.#places = plan.sections.map((section) => behind(plan, section));
    this.#names = plan.sections.map((section) => shortened(section.name));
    const shared = sharedWords(this.#names);
    this.#shortNames = this.#names.map((name) => name.slice(shared));
    this.#rowLabels = rowLabelsOf(plan, lookup);
  }

  /** The pen is set to pixels; `scale` is pixels per seat width. */
  paint(pen: CanvasRenderingContext2D, palette: Palette, scale: number, at: At): void {
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    const size = Math.min(22, Math.max(scale < 1.6 ? 9.5 : 11, scale * 1.3));
    pen.font = `600 ${size}px ${palette.font}`;
    pen.fillStyle = palette.ink;
    const { stage } = this.#plan.house;
    const [stageX, stageY] = at((stage.left + stage.right) / 2, (stage.back + stage.bow) / 2);
    pen.fillText('Stage', stageX, stageY, (stage.right - stage.left) * scale);
    pen.fillStyle = palette.quiet;
    this.#places.forEach((place, n) => {
      const [x, y] = at(place.x, place.y);
      const away = size * 0.55 + 1.5 + scale * 0.8;
      const name = [this.#names[n]!, this.#shortNames[n]!].find((text) => pen.measureText(text).width <= place.room * scale + 6);
      if (name) writeAlong(pen, name, x + place.aside * away, y + place.down * away, place);
    });
    if (scale < ROW_LABELS_FROM) return;
    pen.font = `${Math.min(15, Math.max(9, scale * 0.55))}px ${palette.font}`;
    for (const label of this.#rowLabels) {
      const [x, y] = at(label.x, label.y);
      pen.fillText(label.text, x, y);
    }
  }
}

/** Along a row, and never upside down. */
function writeAlong(pen: CanvasRenderingContext2D, text: string, x: number, y: number, { aside, down }: Place): void {
  let turn = Math.atan2(-aside, down);
  if (turn > Math.PI / 2 + 0.01) turn -= Math.PI;
  else if (turn < -Math.PI / 2 - 0.01) turn += Math.PI;
  pen.save();
  pen.translate(x, y);
  pen.rotate(turn);
  pen.fillText(text, 0, 0);
  pen.restore();
}

function behind(plan: Plan, section: PlanSection): Place {
  const [front, back] = [plan.rows[section.firstRow], plan.rows[section.firstRow + section.rowCount - 1]];
  if (!front?.seatCount || !back?.seatCount) return { x: 0, y: 0, aside: 0, down: 1, room: 0 };
  const [near, far] = [middleOf(plan, front), middleOf(plan, back)];
  const depth = Math.hypot(far.x - near.x, far.y - near.y);
  const [aside, down] = depth > 0 ? [(far.x - near.x) / depth, (far.y - near.y) / depth] : [0, 1];
  const [left, right] = [back.firstSeatNo, back.firstSeatNo + back.seatCount - 1];
  const room = Math.hypot(plan.x[right]! - plan.x[left]!, plan.y[right]! - plan.y[left]!);
  return { ...far, aside, down, room: Math.max(room, 3) };
}

function middleOf(plan: Plan, { firstSeatNo, seatCount }: PlanRow): { x: number; y: number } {
  const [low, high] = [firstSeatNo + ((seatCount - 1) >> 1), firstSeatNo + (seatCount >> 1)];
  return { x: (plan.x[low]! + plan.x[high]!) / 2, y: (plan.y[low]! + plan.y[high]!) / 2 };
}

/** At both ends of each row, where there is room between the seats. Blocks side by side share the label between them. */
function rowLabelsOf(plan: Plan, lookup: Lookup): RowLabel[] {
  const labels: RowLabel[] = [];
  const taken = new Set<string>();
  for (const row of plan.rows) {
    const text = row.label.slice(0, ROW_LETTERS_MOST);
    for (const end of endsOf(plan, row)) {
      const place = BESIDE.map(([away, room]) => ({ x: end.x + end.dx * away, y: end.y + end.dy * away, room })).find(
        ({ x, y, room }) => lookup.nearest(x, y, room) === null,
      );
      if (!place) continue;
      const about = `${text} ${Math.round(place.x / 2)} ${Math.round(place.y / 2)}`;
      if (taken.has(about)) continue;
      taken.add(about);
      labels.push({ x: place.x, y: place.y, text });
    }
  }
  return labels;
}

/** A row's first and last seat, and which way is out of the row there. */
function endsOf(plan: Plan, { firstSeatNo, seatCount }: PlanRow): { x: number; y: number; dx: number; dy: number }[] {
  const last = firstSeatNo + seatCount - 1;
  const end = (seatNo: number, next: number, only: number) => {
    const [dx, dy] = [plan.x[seatNo]! - plan.x[next]!, plan.y[seatNo]! - plan.y[next]!];
    const length = Math.hypot(dx, dy);
    const [x, y] = [plan.x[seatNo]!, plan.y[seatNo]!];
    return length > 0 ? { x, y, dx: dx / length, dy: dy / length } : { x, y, dx: only, dy: 0 };
  };
  if (seatCount === 0) return [];
  return [end(firstSeatNo, Math.min(firstSeatNo + 1, last), -1), end(last, Math.max(last - 1, firstSeatNo), 1)];
}

function shortened(name: string): string {
  const letters = [...name];
  return letters.length > NAME_LETTERS_MOST ? `${letters.slice(0, NAME_LETTERS_MOST - 1).join('')}…` : name;
}

/** How many letters all names share in front, as whole words. */
function sharedWords(names: readonly string[]): number {
  const [first = ''] = names;
  let shared = names.length > 1 ? first.length : 0;
  for (const name of names) while (!name.startsWith(first.slice(0, shared))) shared--;
  return first.lastIndexOf(' ', shared - 1) + 1;
}
