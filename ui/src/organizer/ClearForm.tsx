/** Throwing away what was typed, once one is sure. */

import { useState } from 'preact/hooks';
import { Dialog } from '../parts/Dialog';
import { forget } from './draft';

export function ClearForm() {
  const [isAsking, setAsking] = useState(false);
  const close = () => setAsking(false);
  const clear = () => {
    forget();
    close();
  };
  return (
    <>
      <button type="button" class="button button-plain" onClick={() => setAsking(true)}>
        Clear the form
      </button>
      {isAsking && (
        <Dialog title="Clear the form?" close={close}>
          <p>All that you typed here is thrown away.</p>
          <div class="row">
            <button type="button" class="button button-danger" onClick={clear}>
              Clear it
            </button>
            <button type="button" class="button" onClick={close}>
              Keep it
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
