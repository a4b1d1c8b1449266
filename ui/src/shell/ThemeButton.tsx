/** Dark or light, where somebody wants another than their system has. */

import { effect, signal } from '@preact/signals';

const KEPT_UNDER = 'box-office.theme';
type Theme = 'light' | 'dark';

const dark = matchMedia('(prefers-color-scheme: dark)');
const chosen = signal<Theme | null>(kept());

effect(() => {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new CustomEvent('themechange')); // canvases paint themselves again
});

function kept(): Theme | null {
  try {
    const found = localStorage.getItem(KEPT_UNDER);
    return found === 'light' || found === 'dark' ? found : null;
  } catch {
    return null;
  }
}

function other(): Theme {
  const now = chosen.value ?? (dark.matches ? 'dark' : 'light');
  return now === 'dark' ? 'light' : 'dark';
}

export function ThemeButton() {
  const next = other();
  return (
    <button
      type="button"
      class="button button-plain"
      aria-label={`Use the ${next} theme`}
      onClick={() => {
        chosen.value = next;
        try {
          localStorage.setItem(KEPT_UNDER, next);
        } catch {
          // It holds until the page is closed.
        }
      }}
    >
      <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
        <circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2" />
        <path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor" />
      </svg>
    </button>
  );
}
