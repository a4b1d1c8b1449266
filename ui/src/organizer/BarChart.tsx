/** A figure for each day, as bars; and as a table for whoever rather reads. */

import { useState } from 'preact/hooks';

export interface Bar {
  /** `Sat 21 Nov`. */
  readonly label: string;
  readonly value: number;
  /** The value as people write it: `£1,240`. */
  readonly text: string;
}

/** `measure` is what is counted: "Bookings". Pointing at a bar tells it, and so do the arrow keys on the slider below. */
export function BarChart({
  title,
  measure,
  bars,
  say,
}: {
  title: string;
  measure: string;
  bars: readonly Bar[];
  say: (value: number) => string;
}) {
  const [at, setAt] = useState(bars.length - 1);
  const [asTable, setAsTable] = useState(false);
  const shown = bars[Math.min(at, bars.length - 1)];
  if (!shown) return null;
  const most = roundUp(Math.max(1, ...bars.map((bar) => bar.value)));
  const last = bars.length - 1;
  const point = (event: PointerEvent & { currentTarget: Element }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setAt(Math.max(0, Math.min(last, Math.floor(((event.clientX - left) / width) * bars.length))));
  };
  return (
    <figure class="chart stack" data-testid="daily-chart">
      <figcaption class="row apart">
        <span>
          <strong>{title}</strong>{' '}
          <span class="quiet" data-testid="chart-reading">
            {shown.label}: {shown.text}
          </span>
        </span>
        <button type="button" class="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          Show as table
        </button>
      </figcaption>
      {asTable ? (
        <BarTable title={title} measure={measure} bars={bars} />
      ) : (
        <div class="chart-frame">
          <div class="chart-scale small quiet" aria-hidden="true">
            <span>{say(most)}</span>
            <span>{say(0)}</span>
          </div>
          <div>
            <svg class="chart-plot" viewBox={`0 0 ${bars.length} 100`} preserveAspectRatio="none" aria-hidden="true" onPointerMove={point}>
              <line x1="0" x2={bars.length} y1="50" y2="50" class="chart-grid" />
              {bars.map((bar, index) => (
                <rect
                  key={bar.label}
                  class={index === at ? 'chart-bar chart-bar-shown' : 'chart-bar'}
                  x={index + 0.12}
                  width={0.76}
                  y={100 - (100 * bar.value) / most}
                  height={(100 * bar.value) / most}
                />
              ))}
            </svg>
            <input
              class="chart-slider"
              type="range"
              min={0}
              max={last}
              value={Math.min(at, last)}
              aria-label={`${title}: day`}
              aria-valuetext={`${shown.label}: ${shown.text}`}
              onInput={(event) => setAt(Number(event.currentTarget.value))}
            />
            <div class="row apart small quiet" aria-hidden="true">
              <span>{bars[0]?.label}</span>
              <span>{bars[last]?.label}</span>
            </div>
          </div>
        </div>
      )}
    </figure>
  );
}

function BarTable({ title, measure, bars }: { title: string; measure: string; bars: readonly Bar[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by keyboard as well
    <section class="scrolls chart-table" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number">
              {measure}
            </th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.label}>
              <th scope="row">{bar.label}</th>
              <td class="number">{bar.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The next of 1, 2, 5, 10, 20, 50 … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
