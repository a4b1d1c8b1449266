/** How an event's places are shared out, at a glance. */

export interface Shares {
  readonly total: number;
  readonly available: number;
  readonly held: number;
  readonly booked: number;
  readonly blocked: number;
}

/** A picture beside figures that say the same: screen readers pass it by. Booked is full, held is hatched, blocked is crossed out. */
export function Meter({ of }: { of: Shares }) {
  const share = (places: number) => ({ inlineSize: `${of.total ? (100 * places) / of.total : 0}%` });
  return (
    <div class="meter" aria-hidden="true">
      <span class="meter-booked" style={share(of.booked)} />
      <span class="meter-held" style={share(of.held)} />
      <span class="meter-blocked" style={share(of.blocked)} />
    </div>
  );
}

/** `12%`, or `<1%` where it is little but not nothing. */
export function percent(part: number, whole: number): string {
  if (!whole || !part) return '0%';
  const share = (100 * part) / whole;
  return share < 1 ? '<1%' : `${Math.floor(share)}%`;
}
