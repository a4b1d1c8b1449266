/** @jsxImportSource react */
/** The panel "Examples": each opens in a tab of its own, with variables that are true at the moment. */

import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useState } from 'react';
import { asFailed } from '../api/failures';
import { type Example, GROUPS } from './examples';
import { isNarrow } from './narrow';
import { useCaller } from './useCaller';

function ExamplesPanel() {
  const { addTab, setVisiblePlugin } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  const caller = useCaller();
  const [opening, setOpening] = useState<Example | null>(null);
  const [problem, setProblem] = useState('');

  async function open(example: Example): Promise<void> {
    setOpening(example);
    setProblem('');
    try {
      const variables = JSON.stringify(await example.variables(), null, 2);
      addTab();
      queryEditor?.setValue(example.text);
      variableEditor?.setValue(variables === '{}' ? '' : variables);
      if (isNarrow()) setVisiblePlugin(null);
      queryEditor?.focus();
    } catch (error) {
      setProblem(asFailed(error).message);
    } finally {
      setOpening(null);
    }
  }

  return (
    <section className="panel" aria-labelledby="examples-title">
      <h2 id="examples-title">Examples</h2>
      <p>Choose one, then run it with Ctrl+Enter. On the keyboard, Ctrl+M lets Tab leave an editor (on a Mac: Ctrl+Shift+M).</p>
      {caller === null && (
        <p>
          Those with a key are for people who are{' '}
          <button type="button" className="panel-link" onClick={() => setVisiblePlugin('Account')}>
            logged in
          </button>
          .
        </p>
      )}
      <p role="alert">{problem}</p>
      {GROUPS.map((group) => (
        <div key={group.title}>
          <h3>{group.title}</h3>
          <ul>
            {group.examples.map((example) => (
              <li key={example.title}>
                <button
                  type="button"
                  className="panel-choice"
                  disabled={!queryEditor || !variableEditor || opening !== null}
                  onClick={() => void open(example)}
                >
                  <span>
                    {example.title}
                    {example.isPrivate && <KeyIcon />}
                  </span>
                  <small>{example === opening ? 'Opening …' : example.about}</small>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function KeyIcon() {
  return (
    <svg viewBox="0 0 24 24" width="16" height="16" role="img" aria-label="for people who are logged in">
      <circle cx="7" cy="12" r="4" fill="none" stroke="currentColor" strokeWidth="2" />
      <path d="M11 12h10m-3 0v4" fill="none" stroke="currentColor" strokeWidth="2" />
    </svg>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M5 4h14M5 9h14M5 14h6M5 19h6" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="m14 13 7 4-7 4z" fill="currentColor" />
    </svg>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: ExamplesPanel };
