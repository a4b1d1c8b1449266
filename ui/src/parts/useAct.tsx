/** Doing something that may be refused, or not be answered, and showing so. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { asFailed, type Failed } from '../api/failures';
import type { Refusal } from '../api/refusals';
import { Failure, Refused } from './Notice';

/** Does it, and answers why it was refused; null where it was done. */
type Deed = () => Promise<Refusal | null>;

export interface Acting {
  act(deed: Deed): Promise<void>;
  readonly refusal: Refusal | null;
  /** What to show of the last time; nothing where it was done. */
  readonly problem: ComponentChildren;
}

export function useAct(): Acting {
  const [outcome, setOutcome] = useState<{ refusal?: Refusal | null; failed?: Failed; deed?: Deed }>({});
  const act = async (deed: Deed) => {
    setOutcome({});
    try {
      setOutcome({ refusal: await deed() });
    } catch (error) {
      setOutcome({ failed: asFailed(error), deed });
    }
  };
  const { refusal = null, failed, deed } = outcome;
  return { act, refusal, problem: problem() };

  function problem(): ComponentChildren {
    if (failed) return <Failure failed={failed} retry={deed && (() => void act(deed))} />;
    return refusal && <Refused refusal={refusal} />;
  }
}
