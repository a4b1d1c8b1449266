/** A code for the door's scanner. */

import { correction, generate } from 'lean-qr';
import { useMemo } from 'preact/hooks';

/** Modules of light around it, without which scanners do not find it (ISO 18004). */
const QUIET = 4;

/** Black on white in any theme: that is what scanners expect. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => drawn(text), [text]);
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`${-QUIET} ${-QUIET} ${size + 2 * QUIET} ${size + 2 * QUIET}`} data-testid="qr">
      <rect class="qr-light" x={-QUIET} y={-QUIET} width="100%" height="100%" />
      <path class="qr-dark" d={path} shapeRendering="crispEdges" />
    </svg>
  );
}

/** Each run of dark modules in a row as one bar. */
function drawn(text: string): { path: string; size: number } {
  const code = generate(text, { maxCorrectionLevel: correction.M });
  let path = '';
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      const first = x;
      while (code.get(x, y)) x++;
      if (x > first) path += `M${first} ${y}h${x - first}v1h${first - x}z`;
    }
  }
  return { path, size: code.size };
}
