/** What only those who run events see. */

import type { ComponentChildren } from 'preact';
import { Gate } from '../account/Gate';

export function OrganizersOnly({ why, children }: { why: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useValidAriaRole: a role at the box office, not one of a part of the page
    <Gate why={why} role="ORGANIZER">
      {children}
    </Gate>
  );
}
