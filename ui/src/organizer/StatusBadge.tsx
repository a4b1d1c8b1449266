/** Where an event stands, in a word. */

interface Standing {
  readonly status: 'DRAFT' | 'PUBLISHED' | 'CANCELLED';
  readonly phase: 'UPCOMING' | 'ONGOING' | 'COMPLETED';
}

export function StatusBadge(standing: Standing) {
  const [look, says] = wordsFor(standing);
  return <span class={`badge badge-${look}`}>{says}</span>;
}

function wordsFor({ status, phase }: Standing): [look: 'good' | 'bad' | 'warn' | 'plain', says: string] {
  if (status === 'CANCELLED') return ['bad', 'Cancelled'];
  if (status === 'DRAFT') return ['warn', 'Draft'];
  if (phase === 'COMPLETED') return ['plain', 'Over'];
  return phase === 'ONGOING' ? ['good', 'On now'] : ['good', 'Published'];
}
