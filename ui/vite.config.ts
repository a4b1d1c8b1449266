import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Lays beside each file a smaller one that the server sends to whoever takes gzip: nothing is compressed while it serves. */
function compressed(): Plugin {
  const worthIt = /\.(js|css|html|svg|json|ttf|webmanifest)$/;
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    writeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name);
        if (worthIt.test(name) && statSync(path).size > 500) {
          writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
        }
      }
    },
  };
}

/** Where `npm run dev` finds the API. */
const api = process.env.BOX_OFFICE ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [compressed()],
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // where `light-dark()` is known: what stands in for it would not turn with a part’s own color-scheme
    modulePreload: { polyfill: false },
    manifest: true, // the server names a page's parts in its headers, so that they load side by side
    assetsInlineLimit: 0, // a `data:` address would need a wider policy than 'self'
    chunkSizeWarningLimit: 4500, // GraphiQL's editor
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', graphiql: 'graphiql.html' },
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning), // React's "use client" says nothing here
    },
  },
  server: { proxy: { '/graphql': { target: api, ws: true }, '/export': api } },
});
