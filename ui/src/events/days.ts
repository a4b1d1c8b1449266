/** Days as they stand on a poster and in a filter. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** `Mon`, `23`, `Nov`: the day on which something begins where it takes place. */
export function dayParts(instant: string, timeZone: string): { weekday: string; day: string; month: string } {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', timeZone });
    formats.set(timeZone, format);
  }
  const parts = format.formatToParts(new Date(instant));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return { weekday: part('weekday'), day: part('day'), month: part('month') };
}

/** `23 Nov 2026`, for a day of the calendar such as `2026-11-23`. */
export function dayOf(date: string): string {
  return new Date(date).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
}
