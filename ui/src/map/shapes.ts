/** The outlines by which tiers and marks are told apart, around 0, 0 in seat widths: for canvas and SVG alike. */

import type { Shape } from './types';

/** All lie within half a width of the middle, so that no seat touches its neighbour. */
export const OUTLINES: Record<Shape, string> = {
  circle: 'M-.41 0A.41.41 0 1 1 .41 0A.41.41 0 1 1-.41 0Z',
  square: 'M-.35-.3Q-.35-.35-.3-.35H.3Q.35-.35.35-.3V.3Q.35.35.3.35H-.3Q-.35.35-.35.3Z',
  diamond: 'M0-.47L.47 0L0 .47L-.47 0Z',
  hexagon: 'M-.45 0L-.225-.39H.225L.45 0L.225.39H-.225Z',
  triangle: 'M0-.45L.45.33H-.45Z',
  pentagon: 'M0-.46L.44-.14L.27.38H-.27L-.44-.14Z',
};

export const CROSS = 'M-.22-.22L.22.22M.22-.22L-.22.22';
export const STRIPES = 'M-.27.09L.09-.27M-.09.27L.27-.09';
export const TICK = 'M-.2.02L-.06.17L.22-.16';
export const STAR = 'M0-.3L.09-.1L.3-.09L.14.05L.19.26L0 .14L-.19.26L-.14.05L-.3-.09L-.09-.1Z';
/** Somebody who sits in a wheelchair, somebody beside them, and an eye with a line across. */
export const WHEELCHAIR = 'M-.04-.2V.02H.13L.2.2M-.1-.02A.14.14 0 1 0 .1.16M-.04-.27V-.26';
export const PERSON = 'M-.17.22V.14Q-.17 0 0 0T.17.14V.22M-.09-.15A.09.09 0 1 1 .09-.15A.09.09 0 1 1-.09-.15Z';
export const EYE_CROSSED = 'M-.26 0Q0-.26.26 0Q0 .26-.26 0ZM-.18.2L.18-.2';
