/** The sandbox's cards: nobody is charged, and each shows what may become of a payment. */

export interface Card {
  /** What the gateway knows it by. */
  readonly token: string;
  readonly name: string;
  readonly outcome: string;
}

/** The usual ones. */
export const CARDS: readonly Card[] = [
  { token: 'pm_card_visa', name: 'Visa ···· 4242', outcome: 'Succeeds' },
  { token: 'pm_card_chargeDeclined', name: 'Visa ···· 0002', outcome: 'Is declined' },
  { token: 'pm_card_chargeDeclinedInsufficientFunds', name: 'Visa ···· 9995', outcome: 'Too little money' },
  { token: 'pm_sandbox_slow', name: 'Slow bank', outcome: 'Succeeds in 3 seconds' },
];

/** What goes wrong on the way, or afterwards. */
export const RARE_CARDS: readonly Card[] = [
  { token: 'pm_sandbox_unreachable', name: 'Bank out of reach', outcome: 'Succeeds once it answers, in half a minute or so' },
  { token: 'pm_sandbox_late', name: 'Late bank', outcome: 'Answers after your time is over' },
  { token: 'pm_card_refundFail', name: 'Closed account', outcome: 'Succeeds, but takes no refund' },
];
