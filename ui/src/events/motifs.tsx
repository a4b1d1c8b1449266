/** What posters are painted with: a few shapes for each kind of event, in three tones of the poster's colour. */

import type { Chance } from './chance';

/** The paper's size; it is cut to whatever the card is. */
export const WIDTH = 320;
export const HEIGHT = 200;

type Motif = (chance: Chance) => preact.JSX.Element;

/** An event of a kind that is not known here gets one by its name. */
const BY_CATEGORY: Readonly<Record<string, readonly Motif[]>> = {
  theatre: [rows, curtain],
  music: [bars, rings],
  comedy: [spotlights],
};
const OTHERS: readonly Motif[] = [tiles, rings, rows];

export function motifOf(category: string | undefined, chance: Chance): preact.JSX.Element {
  const motifs = BY_CATEGORY[category ?? ''] ?? OTHERS;
  return motifs[Math.floor(chance() * motifs.length)]!(chance);
}

function tone(chance: Chance): string {
  return `tone-${1 + Math.floor(chance() * 3)}`;
}

function times<Made>(count: number, make: (index: number) => Made): Made[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** The house from above: a circle is a row, its dashes are seats. */
function rows(chance: Chance) {
  const x = WIDTH * (0.25 + chance() * 0.5);
  const gap = 15 + chance() * 5;
  return (
    <g class="line seats">
      {times(11, (row) => (
        <circle key={row} class={tone(chance)} cx={x} cy={-30} r={44 + row * 21} stroke-dasharray={`0 ${gap}`} stroke-width="10" />
      ))}
    </g>
  );
}

function curtain(chance: Chance) {
  const folds = 9 + Math.floor(chance() * 5);
  const width = WIDTH / folds;
  return (
    <g>
      {times(folds, (fold) => {
        const drop = HEIGHT * (0.45 + 0.55 * Math.abs(fold + 0.5 - folds / 2) * (2 / folds)) * (0.85 + chance() * 0.3);
        const left = fold * width;
        return <path key={fold} class={tone(chance)} d={`M${left} 0h${width}v${drop}q${-width / 2} ${width} ${-width} 0z`} />;
      })}
    </g>
  );
}

function bars(chance: Chance) {
  const count = 18;
  const width = WIDTH / count;
  return (
    <g>
      {times(count, (bar) => {
        const height = 20 + chance() * 130 * Math.sin(((bar + 1) / (count + 1)) * Math.PI);
        const top = HEIGHT * 0.42 - height / 2;
        return <rect key={bar} class={tone(chance)} x={bar * width + 3} y={top} width={width - 6} height={height} rx={(width - 6) / 2} />;
      })}
    </g>
  );
}

function rings(chance: Chance) {
  const x = WIDTH * (0.55 + chance() * 0.35);
  const y = HEIGHT * (0.2 + chance() * 0.4);
  return (
    <g class="line">
      {times(9, (ring) => (
        <circle key={ring} class={tone(chance)} cx={x} cy={y} r={14 + ring * 20} stroke-width={3 + chance() * 9} />
      ))}
    </g>
  );
}

function spotlights(chance: Chance) {
  return (
    <g>
      {times(3, (lamp) => {
        const from = WIDTH * (0.1 + 0.4 * lamp);
        const to = WIDTH * (0.15 + chance() * 0.7);
        const spread = 34 + chance() * 30;
        return (
          <g key={lamp} class={`tone-${lamp + 1} beam`}>
            <path d={`M${from} -12L${to - spread} ${HEIGHT * 0.82}h${spread * 2}z`} />
            <ellipse cx={to} cy={HEIGHT * 0.82} rx={spread} ry={spread / 4} />
          </g>
        );
      })}
    </g>
  );
}

function tiles(chance: Chance) {
  const size = 40;
  return (
    <g>
      {times((WIDTH / size) * (HEIGHT / size), (tile) => {
        const left = (tile % (WIDTH / size)) * size;
        const top = Math.floor(tile / (WIDTH / size)) * size;
        const turn = Math.floor(chance() * 4) * 90;
        return (
          <path
            key={tile}
            class={tone(chance)}
            d={`M${left} ${top}h${size}a${size} ${size} 0 0 1 ${-size} ${size}z`}
            transform={`rotate(${turn} ${left + size / 2} ${top + size / 2})`}
          />
        );
      })}
    </g>
  );
}
