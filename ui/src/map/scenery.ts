/** What stands still around the seats: the stage, the floor, and the ground under each section. */

import type { Palette } from './palette';
import type { Plan, PlanRow, PlanSection, Stage } from './types';

const GROUND_WIDTH = 1.7;
const SAMPLES = 8;

export class Scenery {
  readonly #plan: Plan;
  readonly #grounds: readonly Path2D[];
  readonly #stage: Path2D;
  readonly #footlights: Path2D;

  constructor(plan: Plan) {
    const { stage } = plan.house;
    this.#plan = plan;
    this.#grounds = plan.sections.map((section) => groundOf(plan, section));
    this.#footlights = footlightsOf(stage);
    this.#stage = new Path2D(this.#footlights);
    this.#stage.lineTo(stage.right, stage.back);
    this.#stage.lineTo(stage.left, stage.back);
    this.#stage.closePath();
  }

  /** The pen is set to seat widths. */
  paint(pen: CanvasRenderingContext2D, palette: Palette): void {
    const { floor } = this.#plan.house;
    pen.lineJoin = pen.lineCap = 'round';
    pen.fillStyle = pen.strokeStyle = palette.section;
    pen.lineWidth = GROUND_WIDTH;
    if (floor) {
      pen.beginPath();
      pen.arc(floor.x, floor.y, floor.radius, 0, 2 * Math.PI);
      pen.fill();
    }
    for (const ground of this.#grounds) {
      pen.fill(ground);
      pen.stroke(ground);
    }
    pen.fillStyle = pen.strokeStyle = palette.stage;
    pen.lineWidth = 0.8;
    pen.fill(this.#stage);
    pen.stroke(this.#stage);
    pen.strokeStyle = palette.lights;
    pen.lineWidth = 0.3;
    pen.stroke(this.#footlights);
  }
}

/** A shape around all of a section's rows: along the front, the right ends, the back, and the left ends. */
function groundOf(plan: Plan, section: PlanSection): Path2D {
  const rows = plan.rows.slice(section.firstRow, section.firstRow + section.rowCount).filter((row) => row.seatCount > 0);
  const [front, back] = [rows[0], rows.at(-1)];
  const path = new Path2D();
  if (!front || !back) return path;
  const rightEnds = rows.map((row) => row.firstSeatNo + row.seatCount - 1);
  const leftEnds = rows.map((row) => row.firstSeatNo).reverse();
  for (const seatNo of [...samples(front), ...rightEnds, ...samples(back).reverse(), ...leftEnds]) {
    path.lineTo(plan.x[seatNo]!, plan.y[seatNo]!);
  }
  path.closePath();
  return path;
}

/** A few seats of a row, from the left to the right: enough to follow its curve. */
function samples({ firstSeatNo, seatCount }: PlanRow): number[] {
  return Array.from({ length: SAMPLES + 1 }, (_, n) => firstSeatNo + Math.round((n / SAMPLES) * (seatCount - 1)));
}

/** The stage's edge, from the left to the right. */
function footlightsOf({ left, right, front, bow }: Stage): Path2D {
  const path = new Path2D();
  path.moveTo(left, front);
  path.quadraticCurveTo((left + right) / 2, 2 * bow - front, right, front);
  return path;
}
