/** Chance that is the same each time: the same name always gets the same poster. */

/** Numbers from 0 to 1, as many as are asked for. */
export type Chance = () => number;

/** FNV-1a, for where to begin, and mulberry32, for going on: both short, and mixed well enough for pictures. */
export function chanceOf(text: string): Chance {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
