/** A form that is sent once, and says what became of it. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { asFailed, type Failed } from '../api/failures';
import type { Refusal } from '../api/refusals';

export interface FormState {
  readonly isSending: boolean;
  readonly isDone: boolean;
  readonly refusal: Refusal | null;
  readonly failed: Failed | null;
}

export interface Form extends FormState {
  readonly frame: preact.RefObject<HTMLFormElement | null>;
  send(): Promise<void>;
  submit(event: SubmitEvent): void;
}

const FRESH: FormState = { isSending: false, isDone: false, refusal: null, failed: null };

/** `act` answers what was refused, or null. After a refusal the first field that is wrong has the focus. */
export function useForm(act: () => Promise<Refusal | null>): Form {
  const [state, setState] = useState(FRESH);
  const frame = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (state.refusal) frame.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [state.refusal]);

  const send = async () => {
    if (state.isSending) return;
    setState({ ...FRESH, isSending: true });
    try {
      const refusal = await act();
      setState({ ...FRESH, isDone: refusal === null, refusal });
    } catch (error) {
      setState({ ...FRESH, failed: asFailed(error) });
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void send();
  };
  return { ...state, frame, send, submit };
}
