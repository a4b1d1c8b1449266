/** A part of the page that is loaded when it is first needed. */

import { type ComponentType, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';

type Loads<Props> = () => Promise<{ default: ComponentType<Props> }>;

/** Stands for the part until it is there; where it cannot be had, the page around it fails, and says why. */
export function later<Props extends object>(load: Loads<Props>): ComponentType<Props> & { preload(): void } {
  let part: ComponentType<Props> | null = null;
  const fetchPart = async () => {
    part ??= (await load()).default;
  };
  function Later(props: Props) {
    const [state, setState] = useState<{ isThere: boolean; error?: unknown }>({ isThere: part !== null });
    useEffect(() => {
      if (!state.isThere)
        fetchPart().then(
          () => setState({ isThere: true }),
          (error) => setState({ isThere: false, error }),
        );
    }, [state.isThere]);
    if (state.error) throw state.error;
    return part ? h(part, props) : <div class="skeleton later" aria-busy="true" />;
  }
  Later.preload = () => void fetchPart().catch(() => undefined); // it is asked for again when it is needed
  return Later;
}
