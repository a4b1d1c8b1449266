/** The picture at the top: a house that fills. */

import { chanceOf } from './chance';

const ROWS = 8;

export function House() {
  return (
    <svg class="house" viewBox="0 0 420 236" aria-hidden="true">
      <path class="stage" d="M140 222q70 -22 140 0l-10 12h-120z" />
      {seats.map(({ x, y, look, delay }) => (
        <circle key={`${x} ${y}`} class={`seat seat-${look}`} cx={x} cy={y} r="6" style={{ animationDelay: `${delay}s` }} />
      ))}
    </svg>
  );
}

/** Rows around the stage; a third of the seats is taken, some are being taken, and two are yours. */
const seats = (() => {
  const chance = chanceOf('Box Office');
  return Array.from({ length: ROWS }, (_, row) => {
    const radius = 70 + row * 19;
    const count = 9 + row * 2;
    return Array.from({ length: count }, (_, seat) => {
      const angle = Math.PI * (0.14 + (0.72 * seat) / (count - 1));
      const luck = chance();
      const isYours = row === 3 && (seat === 7 || seat === 8);
      const look = isYours ? 'yours' : luck < 0.34 ? 'taken' : luck < 0.44 ? 'going' : 'free';
      return {
        x: Math.round(210 - Math.cos(angle) * radius * 1.08),
        y: Math.round(226 - Math.sin(angle) * radius),
        look,
        delay: Math.round(chance() * 90) / 10,
      };
    });
  }).flat();
})();
