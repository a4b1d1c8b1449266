/** Whose events somebody runs. */

import { graphql } from '../api/graphql';
import { user } from '../api/session';
import { type Loaded, useQuery } from '../parts/useQuery';

const Mine = graphql(`query MyOrganizations { me { id organizations { id name } } }`);
const All = graphql(`
  query AllOrganizations {
    me { id organizations { id name } }
    events(first: 100) { edges { node { id organization { id name } } } }
  }
`);

export interface Organization {
  readonly id: string;
  readonly name: string;
}

/** The organizations somebody may act for: one's own; for admins also those that events tell of. */
export function useOrganizations(): Loaded<readonly Organization[]> {
  const isAdmin = user.value?.role === 'ADMIN';
  const loaded = useQuery(isAdmin ? All : Mine, {});
  return { ...loaded, data: loaded.data && organizationsIn(loaded.data) };
}

interface Found {
  readonly me: { readonly organizations: readonly Organization[] } | null;
  readonly events?: { readonly edges: readonly { readonly node: { readonly organization: Organization | null } }[] };
}

function organizationsIn({ me, events }: Found): readonly Organization[] {
  const named = [...(me?.organizations ?? []), ...(events?.edges ?? []).flatMap(({ node }) => node.organization ?? [])];
  const byId = new Map(named.map((organization) => [organization.id, organization]));
  return [...byId.values()].sort((a, b) => a.name.localeCompare(b.name));
}
