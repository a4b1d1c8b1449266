/** An event that is being written: what was typed so far, kept until it is sent; and what it becomes then. */

import { signal } from '@preact/signals';
import type { graphql, VariablesOf } from '../api/graphql';
import { instantOf } from './localTimes';
import type { CreateEvent } from './queries';

export type TierKind = ReturnType<typeof graphql.scalar<'TierKind'>>;

export interface TierDraft {
  /** Tells it apart from the others while they come and go. */
  readonly no: number;
  readonly name: string;
  readonly kind: TierKind;
  /** In the currency's own unit: `75.00`. */
  readonly price: string;
  /** Of a tier without numbered seats. */
  readonly capacity: string;
}

/** A time before the start, and how much of the price goes back until then. */
export interface StepDraft {
  readonly hoursBefore: string;
  readonly refundPercent: string;
}

/** How what is bought can be given back: as the house does, never, or by steps of its own. */
export type Refunds = 'house' | 'never' | 'steps';

/** Everything as it is typed; times are what clocks at the venue show. */
export interface EventDraft {
  readonly name: string;
  readonly description: string;
  readonly categoryId: string;
  readonly organizationId: string;
  readonly venueId: string;
  readonly timezone: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly onSaleAt: string;
  readonly offSaleAt: string;
  readonly ticketLimit: string;
  readonly currency: string;
  readonly avoidOrphanSeats: boolean;
  readonly refunds: Refunds;
  readonly steps: readonly StepDraft[];
  readonly tiers: readonly TierDraft[];
  /** Which tier a section is in, by its name; without an entry the first SEATED one. */
  readonly sectionTiers: Readonly<Record<string, number>>;
  /** The same of single rows, for sections whose rows are in different tiers. */
  readonly rowTiers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a venue has to seat people on. */
export interface Layout {
  readonly seatCount: number;
  readonly sections: readonly {
    readonly name: string;
    readonly rows: readonly {
      readonly label: string;
      readonly seatCount: number;
      readonly xs: readonly number[];
      readonly ys: readonly number[];
    }[];
  }[];
}

const KEPT_UNDER = 'box-office.new-event';

export const EMPTY: EventDraft = {
  name: '',
  description: '',
  categoryId: '',
  organizationId: '',
  venueId: '',
  timezone: '',
  startsAt: '',
  endsAt: '',
  onSaleAt: '',
  offSaleAt: '',
  ticketLimit: '',
  currency: 'GBP',
  avoidOrphanSeats: false,
  refunds: 'house',
  steps: [{ hoursBefore: '24', refundPercent: '100' }],
  tiers: [{ no: 1, name: 'Standard', kind: 'SEATED', price: '', capacity: '' }],
  sectionTiers: {},
  rowTiers: {},
};

export const draft = signal<EventDraft>(kept());

/** Change what is typed. */
export function write(change: Partial<EventDraft>): void {
  draft.value = { ...draft.value, ...change };
  try {
    sessionStorage.setItem(KEPT_UNDER, JSON.stringify(draft.value));
  } catch {
    // It lasts as long as the page then.
  }
}

/** Begin anew. */
export function forget(): void {
  write(EMPTY);
}

function kept(): EventDraft {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEPT_UNDER) ?? '{}') as Partial<EventDraft>) };
  } catch {
    return EMPTY; // storage that is closed to us, or holds something else
  }
}

/** The tiers that have numbered seats at this venue. */
export function seatedTiers(of: EventDraft, layout: Layout | null): readonly TierDraft[] {
  return layout ? of.tiers.filter((tier) => tier.kind === 'SEATED') : [];
}

/** The tier that a row is in; null where no tier has numbered seats. */
export function tierOfRow(of: EventDraft, layout: Layout, section: string, row: string): TierDraft | null {
  const seated = seatedTiers(of, layout);
  const no = of.rowTiers[section]?.[row] ?? of.sectionTiers[section];
  return seated.find((tier) => tier.no === no) ?? seated[0] ?? null;
}

/** How many seats each tier has, by its number. */
export function seatCounts(of: EventDraft, layout: Layout | null): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { name, rows } of layout?.sections ?? []) {
    for (const row of rows) {
      const tier = tierOfRow(of, layout!, name, row.label);
      if (tier) counts.set(tier.no, (counts.get(tier.no) ?? 0) + row.seatCount);
    }
  }
  return counts;
}

type Input = VariablesOf<typeof CreateEvent>['input'];
type Blocks = { section: string; rows: string[] | null }[];

/** What is sent. Every seat is in exactly one tier: a row that is in none of its own is in the first. */
export function inputOf(of: EventDraft, layout: Layout | null, timezone: string): Input {
  const seated = seatedTiers(of, layout);
  return {
    name: of.name,
    description: of.description,
    categoryId: of.categoryId || null,
    organizationId: of.organizationId || null,
    venueId: of.venueId || null,
    timezone,
    startsAt: instantOf(of.startsAt, timezone) ?? '',
    endsAt: instantOf(of.endsAt, timezone) ?? '',
    onSaleAt: instantOf(of.onSaleAt, timezone),
    offSaleAt: instantOf(of.offSaleAt, timezone),
    ticketLimit: of.ticketLimit ? Number(of.ticketLimit) : null,
    cancellationPolicy: stepsOf(of),
    avoidOrphanSeats: of.avoidOrphanSeats && seated.length > 0,
    currency: of.currency.trim().toUpperCase(),
    tiers: of.tiers.map((tier) => {
      const isSeated = seated.includes(tier);
      return {
        name: tier.name,
        kind: isSeated ? 'SEATED' : 'STANDING',
        price: tier.price.trim().replace(',', '.'),
        capacity: isSeated ? null : Number(tier.capacity),
        sections: isSeated && layout ? blocksOf(of, layout, tier) : null,
      };
    }),
  };
}

/** The steps as they are sent; null for the house's policy, none for never. */
export function stepsOf({
  refunds,
  steps,
}: Pick<EventDraft, 'refunds' | 'steps'>): { minutesBefore: number; refundPercent: number }[] | null {
  if (refunds === 'house') return null;
  if (refunds === 'never') return [];
  return steps.map((step) => ({ minutesBefore: Math.round(Number(step.hoursBefore) * 60), refundPercent: Number(step.refundPercent) }));
}

/** The sections a tier has, whole ones without naming their rows. */
function blocksOf(of: EventDraft, layout: Layout, tier: TierDraft): Blocks {
  const blocks: Blocks = [];
  for (const { name, rows } of layout.sections) {
    const own = rows.filter((row) => tierOfRow(of, layout, name, row.label) === tier);
    if (own.length) blocks.push({ section: name, rows: own.length === rows.length ? null : own.map((row) => row.label) });
  }
  return blocks;
}
