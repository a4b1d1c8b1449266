/** What hands do to the map: drag, wheel, pinch, tap and hover. */

export interface Hands {
  pan(dx: number, dy: number): void;
  /** Answers whether there was anything to zoom. */
  zoom(x: number, y: number, factor: number): boolean;
  /** `reach` is how far beside a seat still means it, in pixels. */
  tap(x: number, y: number, reach: number, isSecond: boolean): void;
  /** Null when nothing is pointed at. */
  hover(point: { x: number; y: number } | null): void;
}

/** A finger or a mouse that moves less has not moved. */
const STILL_PX = { mouse: 4, pen: 8, touch: 10 } as const;
const REACH_PX = { mouse: 3, pen: 8, touch: 16 } as const;
const SECOND_TAP_MS = 320;
const SECOND_TAP_PX = 26;
/** A page that was scrolled so lately goes on scrolling, also when the map comes under the pointer. */
const SCROLLING_MS = 250;

type Kind = keyof typeof STILL_PX;

/** Answers how to stop. */
export function follow(target: HTMLElement, hands: Hands): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let began: { x: number; y: number } | null = null;
  let isStill = true;
  let last = { x: 0, y: 0, at: 0 };
  let scrolledAt = 0;

  function point(event: MouseEvent): { x: number; y: number } {
    const { left, top } = target.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0) return;
    target.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, point(event));
    if (pointers.size === 1) {
      began = point(event);
      isStill = true;
    } else isStill = false;
    hands.hover(null);
  }

  function move(event: PointerEvent): void {
    const now = point(event);
    const was = pointers.get(event.pointerId);
    if (!was) {
      if (event.pointerType === 'mouse') hands.hover(now);
      return;
    }
    if (isStill && began && Math.hypot(now.x - began.x, now.y - began.y) < STILL_PX[kindOf(event)]) return;
    isStill = false;
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other) pinch(was, now, other);
    else hands.pan(now.x - was.x, now.y - was.y);
    pointers.set(event.pointerId, now);
  }

  /** What is between two fingers stays between them. */
  function pinch(was: { x: number; y: number }, now: { x: number; y: number }, other: { x: number; y: number }): void {
    hands.pan((now.x - was.x) / 2, (now.y - was.y) / 2);
    const before = Math.max(1, Math.hypot(was.x - other.x, was.y - other.y));
    const after = Math.max(1, Math.hypot(now.x - other.x, now.y - other.y));
    hands.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, after / before);
  }

  function up(event: PointerEvent): void {
    if (!pointers.delete(event.pointerId) || !isStill || event.type === 'pointercancel') return;
    const { x, y } = point(event);
    const isSecond = event.timeStamp - last.at < SECOND_TAP_MS && Math.hypot(x - last.x, y - last.y) < SECOND_TAP_PX;
    last = { x, y, at: isSecond ? 0 : event.timeStamp };
    hands.tap(x, y, REACH_PX[kindOf(event)], isSecond);
  }

  /** A finger that is lifted leaves as well: what it tapped stays pointed at. */
  function leave({ pointerType }: PointerEvent): void {
    if (pointerType === 'mouse') hands.hover(null);
  }

  function wheel(event: WheelEvent): void {
    if (performance.now() - scrolledAt < SCROLLING_MS && !event.ctrlKey) return;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const { x, y } = point(event);
    const strength = event.ctrlKey ? 0.01 : 0.0016;
    if (hands.zoom(x, y, Math.exp(-event.deltaY * lines * strength)) || event.ctrlKey) event.preventDefault();
  }

  const stop = new AbortController();
  const { signal } = stop;
  target.addEventListener('pointerdown', down, { signal });
  target.addEventListener('pointermove', move, { signal });
  target.addEventListener('pointerup', up, { signal });
  target.addEventListener('pointercancel', up, { signal });
  target.addEventListener('pointerleave', leave, { signal });
  target.addEventListener('wheel', wheel, { signal, passive: false });
  addEventListener('scroll', () => (scrolledAt = performance.now()), { signal, passive: true });
  return () => stop.abort();
}

function kindOf({ pointerType }: PointerEvent): Kind {
  return pointerType === 'touch' || pointerType === 'pen' ? pointerType : 'mouse';
}
