/** A poster for an event that has no picture: its name, its day, and a motif that both follow from its name. */

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { chanceOf } from './chance';
import { dayParts } from './days';
import type { EventOnCard } from './listing';
import { HEIGHT, motifOf, WIDTH } from './motifs';

/** How far a category's colour is from the house's own, in degrees; another category's follows from what it is called. */
const TURNS: Readonly<Record<string, number>> = { theatre: 62, music: -55, comedy: 118 };

/** `children` is the heading. The day is a picture here: it stands below in words. */
export function Poster({ event, children }: { event: EventOnCard; children: ComponentChildren }) {
  const { weekday, day, month } = dayParts(event.startsAt, event.timezone);
  const category = event.category?.slug;
  const picture = useMemo(() => {
    const chance = chanceOf(event.name);
    return { turn: turnOf(category) + (chance() - 0.5) * 36, motif: motifOf(category, chance) };
  }, [event.name, category]);
  return (
    <div class="poster" style={{ '--turn': picture.turn }}>
      <svg class="motif" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="xMidYMin slice" aria-hidden="true">
        {picture.motif}
      </svg>
      <p class="poster-day" aria-hidden="true">
        <span>{weekday}</span>
        <strong>{day}</strong>
        <span>{month}</span>
      </p>
      <div class="poster-words">
        {event.category && <p class="poster-category">{event.category.name}</p>}
        {children}
      </div>
    </div>
  );
}

function turnOf(category: string | undefined): number {
  if (category === undefined) return 0;
  return TURNS[category] ?? chanceOf(category)() * 360;
}
