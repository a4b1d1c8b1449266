/** Whether there is room for one thing at a time only: a panel, or the operation with its answer. The same width as in `graphiql.css`. */
export function isNarrow(): boolean {
  return matchMedia('(max-width: 48rem)').matches;
}
