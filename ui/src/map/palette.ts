/** The map's colours as the page has them now, light or dark. */

const NAMES = [
  'ground',
  'section',
  'stage',
  'lights',
  'ink',
  'quiet',
  'booked',
  'blocked',
  'chosen',
  'on-chosen',
  'mine',
  'focus',
] as const;
const TIER_COLOURS = 6;

export type Palette = Record<(typeof NAMES)[number], string> & { readonly tiers: readonly string[]; readonly font: string };

/** A canvas knows nothing of custom properties: each colour is asked of an element that wears it. */
export function paletteOf(frame: HTMLElement): Palette {
  const probe = frame.ownerDocument.createElement('span');
  probe.hidden = true;
  frame.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const own = Object.fromEntries(NAMES.map((name) => [name, read(`--seat-${name}`)])) as Record<(typeof NAMES)[number], string>;
  const tiers = Array.from({ length: TIER_COLOURS }, (_, n) => read(`--tier-${n + 1}`));
  const font = getComputedStyle(frame).fontFamily;
  probe.remove();
  return { ...own, tiers, font };
}

/** Told whenever the colours may be others. Answers how to stop. */
export function onThemeChange(listener: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const contrast = matchMedia('(forced-colors: active)');
  addEventListener('themechange', listener);
  dark.addEventListener('change', listener);
  contrast.addEventListener('change', listener);
  return () => {
    removeEventListener('themechange', listener);
    dark.removeEventListener('change', listener);
    contrast.removeEventListener('change', listener);
  };
}
