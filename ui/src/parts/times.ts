/** Times as people write them: an event's in its own time zone, wherever one looks from. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(undefined, options);
    formats.set(key, found);
  }
  return found;
}

/** `Sat 29 Nov 2026, 19:30`, in the words of the reader's language. */
export function dateAndTime(instant: string, timeZone: string): string {
  const options = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  return format({ ...options, timeZone }).format(new Date(instant));
}

/** `19:30`. */
export function timeOfDay(instant: string, timeZone: string): string {
  return format({ hour: '2-digit', minute: '2-digit', timeZone }).format(new Date(instant));
}

/** When something happened to the reader, by their own clock: `29 Nov, 19:30`. */
export function moment(instant: string): string {
  return format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(instant));
}

/** `4:07`: minutes and seconds that are left. */
export function minutesLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
