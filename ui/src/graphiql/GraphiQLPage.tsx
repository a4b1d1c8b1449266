/** @jsxImportSource react */
/** GraphiQL with our examples and accounts: nothing in it comes from another host. */

import './workers';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { ACCOUNT_PLUGIN } from './AccountPanel';
import { EXAMPLES_PLUGIN } from './ExamplesPanel';
import { FIRST } from './examples';
import { fetcher } from './fetcher';
import { isNarrow } from './narrow';
// Each part's own style: `graphiql/style.css` brings 450 KB of fonts as well.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './graphiql.css';

const PLUGINS = [EXAMPLES_PLUGIN, ACCOUNT_PLUGIN, HISTORY_PLUGIN, explorerPlugin()];

function GraphiQLPage() {
  const asked = new URLSearchParams(location.search);
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      visiblePlugin={isNarrow() ? undefined : EXAMPLES_PLUGIN}
      defaultTabs={[FIRST]}
      initialQuery={asked.get('query') ?? undefined}
      initialVariables={asked.get('variables') ?? undefined}
      defaultEditorToolsVisibility="variables"
    >
      <GraphiQL.Logo>
        <h1>
          <a className="graphiql-logo-link" href="/">
            Box Office
          </a>
        </h1>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

/** Put it in place of the words that say it is being loaded. */
export function show(place: HTMLElement): void {
  createRoot(place).render(<GraphiQLPage />);
}
