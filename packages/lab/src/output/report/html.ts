// HTML by hand, with one rule: whatever comes from the input passes through `escaped` or
// `scriptJson`.

/** Safe as text and inside a double-quoted attribute. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd');
}

/** JSON inside `<script>`: no `<` can be read as `</script>` or `<!--`. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** A coordinate of a drawing: a tenth of a unit is finer than a pixel. */
export function coordinate(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** Typeset minus instead of a hyphen. */
export function typeset(number: string): string {
  return number === '-' ? '\u2013' : number.replace(/^-/, '\u2212');
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
