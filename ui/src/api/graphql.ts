/** Documents: GraphQL as text, with the types of what it answers and of its variables taken from the schema. */

import type { initGraphQLTada, TadaDocumentNode } from 'gql.tada';
import type { introspection } from './graphql-env';

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada';
export type Document<Result, Variables> = TadaDocumentNode<Result, Variables, unknown>;

type Graphql = ReturnType<
  typeof initGraphQLTada<{
    introspection: introspection;
    disableMasking: true;
    scalars: { DateTime: string; Date: string; Decimal: string; BigInt: number | string; JSON: unknown };
  }>
>;

/** The texts of a document and of the fragments that it spreads, each once. */
class Texts {
  readonly all: ReadonlySet<string>;

  constructor(text: string, fragments: readonly Texts[]) {
    this.all = new Set([text.trim(), ...fragments.flatMap((fragment) => [...fragment.all])]);
  }
}

/**
 * A document, or a fragment that documents name in their second argument.
 *
 * TypeScript reads it as gql.tada does; at run time it stays the text it is, so that no parser is shipped.
 */
export const graphql = ((text: string, fragments: readonly Texts[] = []) => new Texts(text, fragments)) as unknown as Graphql;

/** What is sent for a document. */
export function textOf(document: Document<unknown, never>): string {
  return [...(document as unknown as Texts).all].join('\n');
}
