/** What was refused, or went wrong, and what to do next. */

import type { ComponentChildren } from 'preact';
import type { Failed } from '../api/failures';
import type { Refusal } from '../api/refusals';
import { nextStep } from '../api/refusals';

/** A box that is read out as it appears. */
export function Notice({ look = 'bad', children }: { look?: 'bad' | 'warn' | 'good' | 'plain'; children: ComponentChildren }) {
  return (
    <div class={`notice notice-${look}`} role={look === 'bad' ? 'alert' : 'status'} data-testid="notice">
      {children}
    </div>
  );
}

/** A refusal in its own words, and what to do next; children are buttons that do it. */
export function Refused({ refusal, children }: { refusal: Refusal; children?: ComponentChildren }) {
  const next = nextStep(refusal);
  return (
    <Notice>
      <p>
        <strong>{refusal.message}</strong>
        {next && ` ${next}`}
      </p>
      {children && <div class="row">{children}</div>}
    </Notice>
  );
}

/** A request that was not answered. */
export function Failure({ failed, retry }: { failed: Failed; retry?: (() => void) | undefined }) {
  return (
    <Notice look={failed.isPassing ? 'warn' : 'bad'}>
      <p>{failed.message}</p>
      {failed.requestId && failed.code === 'SERVER_ERROR' && <p class="small quiet">Tell us this number: {failed.requestId}</p>}
      <div class="row">
        {failed.isOutOfDate && (
          <button type="button" class="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        )}
        {retry && !failed.isOutOfDate && (
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </Notice>
  );
}
