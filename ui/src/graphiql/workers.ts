/** The editor's workers, from our own origin. GraphiQL's own setup for Vite does the same, but the dev server cannot prepare it. */

import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker';
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker';
import GraphQLWorker from 'monaco-graphql/esm/graphql.worker.js?worker';

function getWorker(_id: string, language: string): Worker {
  if (language === 'json') return new JsonWorker();
  if (language === 'graphql') return new GraphQLWorker();
  return new EditorWorker();
}

Object.assign(globalThis, { MonacoEnvironment: { getWorker } }); // where the editor looks for them
