// What the figures show and in which colours: plain radio buttons, so that keys and screen readers
// work as everywhere, set in the type of the page.

/** Shown only where the script runs. */
export function controls(cold: boolean): string {
  const measure = choice('measure', 'I/O time', [
    ['relative', '% of CLOCK'],
    ['absolute', 'absolute'],
  ]);
  const colds = cold
    ? choice('cold', 'Cold faults', [
        ['with', 'with'],
        ['without', 'without'],
      ])
    : '';
  return form(`${measure}${colds}${scheme()}`);
}

/** For the page of curves. */
export function curveControls(): string {
  const measure = choice('measure', 'I/O time', [
    ['absolute', 'absolute'],
    ['relative', '% of LRU'],
  ]);
  return form(`${measure}${scheme()}`);
}

/** For pages whose figures have one view. */
export function schemeControls(): string {
  return form(scheme());
}

function form(fields: string): string {
  return `<form class="controls" aria-label="What the figures show" autocomplete="off">${fields}</form>`;
}

function scheme(): string {
  return choice('scheme', 'Colours', [
    ['auto', 'auto'],
    ['light', 'light'],
    ['dark', 'dark'],
  ]);
}

function choice(
  name: string,
  legend: string,
  values: readonly (readonly [string, string])[],
): string {
  const inputs = values.map(
    ([value, label], index) =>
      `<label><input type="radio" name="${name}" value="${value}"${index === 0 ? ' checked' : ''}>${label}</label>`,
  );
  return `<fieldset class="${name}"><legend>${legend}</legend>${inputs.join('')}</fieldset>`;
}
