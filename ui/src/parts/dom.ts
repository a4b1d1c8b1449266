/** Names from Preact under which the parts know them. */

import type { JSX } from 'preact';

export { useId } from 'preact/hooks';
export type InputHTMLAttributes = JSX.IntrinsicElements['input'];
