// A numbered figure of the room's pages: panels side by side, what stands below them, a caption.

import { escaped } from '@pagelend/lab';

/** `panels` and `below` are markup, `says` too; titles are text. */
export function figure(
  number: number,
  panels: readonly (readonly [title: string, svg: string])[],
  below: string,
  says: string,
): string {
  const drawn = panels.map(
    ([title, svg]) => `<section class="panel"><h3>${escaped(title)}</h3>${svg}</section>`,
  );
  const single = panels.length === 1 ? ' single' : '';
  return (
    `<figure class="figure${single}" id="figure-${number}" aria-labelledby="caption-${number}">` +
    `<div class="panels">${drawn.join('')}</div><div class="below">${below}` +
    `<figcaption id="caption-${number}"><b>Figure ${number}.</b> ${says}</figcaption></div></figure>`
  );
}
