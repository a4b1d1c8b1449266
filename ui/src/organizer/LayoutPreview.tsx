/** A venue's seats in the colours of the tiers they will be in: a glance beside the form, which says the same in words. */

import { useMemo } from 'preact/hooks';
import '../map/map.css'; // the tiers' colours
import { type EventDraft, type Layout, type TierDraft, tierOfRow } from './draft';

const COLOURS = 6;

interface Picture {
  readonly box: string;
  /** A path of dots, by the number of their tier. */
  readonly dots: ReadonlyMap<number, string>;
}

export function LayoutPreview({ of, layout, seated }: { of: EventDraft; layout: Layout; seated: readonly TierDraft[] }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: nothing else of the draft moves a seat
  const { box, dots } = useMemo(() => pictureOf(of, layout), [layout, of.sectionTiers, of.rowTiers, of.tiers]);
  return (
    <figure class="preview">
      <svg viewBox={box} aria-hidden="true">
        {seated.map((tier, at) => (
          <path key={tier.no} class={`preview-seats preview-${(at % COLOURS) + 1}`} d={dots.get(tier.no) ?? ''} />
        ))}
      </svg>
      <figcaption class="row small">
        {seated.map((tier, at) => (
          <span key={tier.no} class="row preview-key">
            <svg viewBox="-0.5 -0.5 1 1" width="14" height="14" aria-hidden="true">
              <path class={`preview-seats preview-${(at % COLOURS) + 1}`} d="M0 0h0" />
            </svg>
            <bdi>{tier.name || `Tier ${at + 1}`}</bdi>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Seats where the layout says they stand; where it does not say so of all, rows one behind the other. */
function pictureOf(of: EventDraft, layout: Layout): Picture {
  const rows = layout.sections.flatMap(({ name, rows }) => rows.map((row) => ({ section: name, row })));
  const isDrawn = rows.every(({ row }) => row.xs.length === row.seatCount && row.ys.length === row.seatCount);
  const dots = new Map<number, string>();
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  rows.forEach(({ section, row }, rowNo) => {
    const tier = tierOfRow(of, layout, section, row.label);
    if (!tier) return;
    let path = dots.get(tier.no) ?? '';
    for (let seat = 0; seat < row.seatCount; seat++) {
      const x = isDrawn ? (row.xs[seat] ?? 0) : seat - row.seatCount / 2;
      const y = isDrawn ? (row.ys[seat] ?? 0) : rowNo * 1.2;
      path += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
    dots.set(tier.no, path);
  });
  return { box: `${box.left - 1} ${box.top - 1} ${box.right - box.left + 2} ${box.bottom - box.top + 2}`, dots };
}
