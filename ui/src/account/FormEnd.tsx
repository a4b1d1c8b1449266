/** The end of a form: what became of it, and its button. */

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Failed } from '../api/failures';
import { Failure, Notice, Refused } from '../parts/Notice';
import type { Form } from './useForm';

export function FormEnd({
  form,
  done,
  button,
  children,
}: {
  form: Form;
  /** What to say once it is done; nothing where another page follows. */
  done?: string;
  button: string;
  /** What else can be done about a refusal. */
  children?: ComponentChildren;
}) {
  return (
    <>
      {form.refusal && <Refused refusal={form.refusal}>{children}</Refused>}
      {form.failed && <Failure failed={form.failed} retry={() => void form.send()} />}
      {form.failed && <Wait failed={form.failed} />}
      {form.isDone && done && (
        <Notice look="good">
          <p>{done}</p>
        </Notice>
      )}
      <div class="row">
        <button type="submit" class="button button-main" aria-disabled={form.isSending}>
          {form.isSending ? 'One moment …' : button}
        </button>
      </div>
    </>
  );
}

/** How long it takes until the same may work, counted down where one can see it: read out, it would never be quiet. */
function Wait({ failed }: { failed: Failed }) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = Date.now() + (failed.retryAfter ?? 0) * 1000;
    const tell = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tell();
    const timer = setInterval(tell, 1000);
    return () => clearInterval(timer);
  }, [failed]);
  if (failed.retryAfter === null) return null;
  return (
    <p class="quiet">
      {left > 0 ? `You can try again in ${left < 100 ? `${left} s` : `${Math.ceil(left / 60)} min`}.` : 'You can try again now.'}
    </p>
  );
}
