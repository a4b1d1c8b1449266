/** Times as the clocks of a time zone show them, `2026-11-29T19:30`, and the instants they are. */

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at an instant, as `<input type="datetime-local">` writes it. */
export function wallTimeOf(instant: string, timeZone: string): string {
  return shownAt(Date.parse(instant), timeZone);
}

/**
 * When the clocks of a zone show this; null for what is no time.
 *
 * An hour that comes twice is its first time. One that is left out is as long after midnight as it says: 02:30 is 03:30 then.
 */
export function instantOf(wallTime: string, timeZone: string): string | null {
  const asIfUtc = Date.parse(`${wallTime}Z`);
  if (Number.isNaN(asIfUtc)) return null;
  const [before, after] = [asIfUtc - DAY_MS, asIfUtc + DAY_MS].map((near) => asIfUtc - aheadAt(near, timeZone)) as [number, number];
  const shown = wallTime.slice(0, 16);
  const matching = [before, after].filter((instant) => shownAt(instant, timeZone) === shown);
  return new Date(matching.length ? Math.min(...matching) : before).toISOString();
}

/** Whether the browser knows a time zone by this name. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Where the reader is, by their browser. */
export function readersTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** A day so many days from today, by the reader's clock: `2026-11-29`. */
export function dayFromToday(days: number): string {
  const zone = readersTimeZone();
  const today = shownAt(Date.now(), zone).slice(0, 10);
  return new Date(Date.parse(`${today}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function aheadAt(instant: number, timeZone: string): number {
  return Date.parse(`${shownAt(instant, timeZone)}Z`) - Math.floor(instant / 60_000) * 60_000;
}

function shownAt(instant: number, timeZone: string): string {
  return formatOf(timeZone).format(instant).replace(' ', 'T');
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    // Swedes write times as the inputs do: 2026-11-29 19:30.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    formats.set(timeZone, format);
  }
  return format;
}
