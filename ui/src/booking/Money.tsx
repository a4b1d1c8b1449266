/** What was paid for a booking, and what went back. */

import { money } from '../parts/money';
import { moment } from '../parts/times';
import type { Booking } from './parts';

const PAYMENT: Record<Booking['payments'][number]['status'], string> = {
  PENDING: 'Waiting for the bank',
  SUCCEEDED: 'Paid',
  FAILED: 'Declined',
};
const REFUND: Record<Booking['refunds'][number]['status'], string> = {
  PENDING: 'On its way back',
  SUCCEEDED: 'Given back',
  FAILED: 'Not taken by the bank: we look into it',
};
const LOOK = { PENDING: 'warn', SUCCEEDED: 'good', FAILED: 'bad' } as const;

export function Money({ booking: { payments, refunds } }: { booking: Booking }) {
  if (payments.length + refunds.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="money">
      <h2 id="money">Payments</h2>
      <ul class="stack" data-testid="money">
        {payments.map((payment) => (
          <Line key={payment.id} words={PAYMENT[payment.status]} {...payment} />
        ))}
        {refunds.map((refund) => (
          <Line key={refund.id} words={REFUND[refund.status]} {...refund} />
        ))}
      </ul>
    </section>
  );
}

function Line({
  words,
  status,
  failure,
  createdAt,
  amount,
}: {
  words: string;
  status: keyof typeof LOOK;
  failure?: string | null;
  createdAt: string;
  amount: { amount: string; currency: string };
}) {
  return (
    <li class="row apart">
      <span>
        <span class={`badge badge-${LOOK[status]}`}>{words}</span> {failure && <span class="small">({failure.replaceAll('_', ' ')})</span>}
        <br />
        <span class="small quiet">{moment(createdAt)}</span>
      </span>
      <span class="number">{money(amount)}</span>
    </li>
  );
}
