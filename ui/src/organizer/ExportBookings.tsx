/** Taking all bookings of an event away, as a table for a spreadsheet. */

import { useState } from 'preact/hooks';
import { asFailed, Failed, failedBy, type GraphQLProblem, offline } from '../api/failures';
import { token } from '../api/session';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Failure } from '../parts/Notice';
import type { Managed } from './queries';

export function ExportBookings({ event }: { event: Managed }) {
  const [failed, setFailed] = useState<Failed | null>(null);
  const save = async () => {
    setFailed(null);
    try {
      saveAs(`${event.id}-bookings.csv`, await exported(event.bookingsExportUrl ?? ''));
      announce('The bookings are saved.');
    } catch (error) {
      setFailed(asFailed(error));
    }
  };
  return (
    <div class="card stack">
      <h3>Export</h3>
      <p class="quiet">Every place of every booking with its ticket, buyer and price, as CSV.</p>
      {failed && <Failure failed={failed} retry={() => void save()} />}
      <div>
        <Action look="usual" act={save} busy="Exporting …">
          Export the bookings
        </Action>
      </div>
    </div>
  );
}

/** The whole file: its address needs the access token, which a link cannot carry. Raises Failed. */
async function exported(address: string): Promise<Blob> {
  const bearer = await token();
  let response: Response;
  try {
    response = await fetch(address, { headers: { authorization: `Bearer ${bearer}` } });
    if (response.ok) return await response.blob();
  } catch {
    throw offline();
  }
  const { errors } = (await response.json().catch(() => ({}))) as { errors?: GraphQLProblem[] };
  throw errors ? failedBy(errors) : new Failed('SERVICE_UNAVAILABLE', 'The bookings could not be exported. Try again.');
}

/** As the browser saves what a link of its own would have led to. */
function saveAs(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
