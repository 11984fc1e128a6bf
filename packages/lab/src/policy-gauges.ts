// The gauges that a user's own policy declares, checked as the unknown values that they are.

const KINDS = ['pages', 'target', 'count'];
const GAUGE = "{ name, kind: 'pages', 'target' or 'count', says }";

/** What is wrong with a list of gauges, with what was expected; null for nothing. */
export function faultOfGauges(gauges: unknown): string | null {
  if (gauges === undefined) return null;
  if (!Array.isArray(gauges)) return `gauges: expected an array of ${GAUGE}`;
  const names = new Set<unknown>();
  for (const [index, gauge] of gauges.entries()) {
    const { name, kind, says } = (gauge ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || name === '' || typeof says !== 'string') {
      return `gauge ${index + 1}: expected ${GAUGE}`;
    }
    if (!KINDS.includes(String(kind))) return `gauge '${name}': expected ${GAUGE}`;
    if (names.has(name)) return `gauge '${name}' is there twice: expected a name for each`;
    names.add(name);
  }
  return null;
}
