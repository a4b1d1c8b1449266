/** A page with its heading. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Whether a page is the first one: its heading does not take the focus, which is where the browser put it. */
let isFirst = true;

/** `title` is also what the tab is called; whoever came by a link is put at the heading. */
export function Page({
  title,
  heading,
  width = 'usual',
  children,
}: {
  title: string;
  /** Another heading than the title. */
  heading?: ComponentChildren;
  width?: 'usual' | 'wide' | 'narrow';
  children: ComponentChildren;
}) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Box Office`;
  }, [title]);
  useEffect(() => {
    if (!isFirst) top.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <main id="content" class={`page page-${width}`}>
      <h1 ref={top} tabIndex={-1}>
        {heading ?? title}
      </h1>
      {children}
    </main>
  );
}
