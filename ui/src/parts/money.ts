/** Amounts as people write them. */

interface Money {
  readonly amount: string;
  readonly currency: string;
}

const formats = new Map<string, Intl.NumberFormat>();

/** `£75`, or `£75.50`: no pence where there are none. */
export function money({ amount, currency }: Money): string {
  let format = formats.get(currency);
  if (!format) {
    format = new Intl.NumberFormat(undefined, { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' });
    formats.set(currency, format);
  }
  return format.format(Number(amount));
}

/** `£25 – £95`, or one amount where both are the same. */
export function moneyRange(least: Money | null, most: Money | null): string {
  if (!least || !most) return '';
  return least.amount === most.amount ? money(least) : `${money(least)} – ${money(most)}`;
}
