/** How GraphiQL asks: over HTTP, and over WebSocket for what it subscribes to. */

import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { token } from '../api/session';

const url = `${location.origin}/graphql`;
const anybody = createGraphiQLFetcher({
  url,
  subscriptionUrl: url.replace(/^http/, 'ws'), // a connection for each subscription, with its headers as its `connection_init` payload
  enableIncrementalDelivery: false,
});

/** Sends an operation as whoever is logged in in this browser, unless the tab's own Headers say who asks. The schema is asked for as nobody. */
export const fetcher: Fetcher = async (params, options) => {
  if (params.operationName === 'IntrospectionQuery') return anybody(params, options);
  const own: Record<string, unknown> = options?.headers ?? {};
  const saysWho = Object.keys(own).some((name) => name.toLowerCase() === 'authorization');
  const bearer = saysWho ? null : await token();
  return anybody(params, { ...options, headers: bearer === null ? own : { ...own, authorization: `Bearer ${bearer}` } });
};
