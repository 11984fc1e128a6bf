// The look of the report: a page of a paper, one column of text with wide figures, rules instead of
// boxes, and no colour but that of the curves. Fonts are what the reader's machine has.

import { explainNarrow, explainPrint, explainStyles } from './explain-styles.ts';
import { curveColours } from './marks.ts';
import { reproductionPrint, reproductionStyles } from './reproduction-styles.ts';

/** Name, value on paper, value on dark ground. */
export const tokens: readonly (readonly [string, string, string])[] = [
  ['paper', '#fdfcf9', '#15171a'],
  ['ink', '#1b1d20', '#e6e4df'],
  ['soft', '#5b5f66', '#a4a8ae'],
  ['rule', '#c9c7c0', '#44484e'],
  ['grid', '#e7e5de', '#282c31'],
  ['shade', '#ecebe5', '#212429'],
  ['focus', '#0a5fb4', '#79b8ff'],
  ...curveColours.map(([light, dark], index) => [`curve-${index}`, light, dark] as const),
];

function scheme(column: 1 | 2): string {
  const declarations = tokens.map((token) => `--${token[0]}:${token[column]}`).join(';');
  return `color-scheme:${column === 1 ? 'light' : 'dark'};${declarations}`;
}

const colourRules = curveColours
  .map((_, index) => `.colour-${index}{--colour:var(--curve-${index})}`)
  .join('');

const page = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 Charter,"Bitstream Charter","Sitka Text",Cambria,"Liberation Serif",Georgia,serif;font-variant-numeric:lining-nums}
main,header,footer{max-width:74rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3.2rem}
h1{font-size:clamp(1.55rem,1.1rem + 1.9vw,2.3rem);line-height:1.18;font-weight:600;letter-spacing:-.01em;margin:0 0 1rem;max-width:28em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.2rem;font-weight:600;margin:3rem 0 .5rem}
h3{font-size:.98rem;font-weight:600;margin:0 0 .3rem;overflow-wrap:anywhere}
.letter{font-weight:400;color:var(--soft)}
p,.notes{max-width:44em}
p{margin:.5rem 0}
.abstract{font-size:1.09rem;hyphens:auto;overflow-wrap:anywhere}
small{font-size:.8em;color:var(--soft)}
code{font:.82em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.notes{padding-left:1.75rem;margin:.5rem 0}
.notes li{margin:.35rem 0}
.notes b{font-weight:600}
footer{margin-top:3rem;padding-top:.8rem;padding-bottom:3rem;color:var(--soft);font-size:.88rem}
footer::before{content:"";display:block;width:6rem;border-top:1px solid var(--rule);margin-bottom:.8rem}
a,.link{font:inherit;background:none;border:0;padding:0;cursor:pointer;color:inherit;text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:.2em}`;

const controls = `
.controls{display:none}
.js .controls{display:flex;flex-wrap:wrap;gap:.3rem 2rem;position:sticky;top:0;z-index:2;max-width:none;margin:1.6rem 0 0;padding:.5rem 0;background:var(--paper);border-bottom:1px solid var(--rule);font-size:.9rem}
fieldset{border:0;margin:0;padding:0;display:flex;gap:.75rem;align-items:baseline}
legend{float:left;padding:0;color:var(--soft)}
.controls label{position:relative;cursor:pointer;padding:.15rem 0;color:var(--soft)}
.controls input{position:absolute;opacity:0;inset:0;margin:0;cursor:pointer}
.controls label:has(:checked){color:var(--ink);box-shadow:inset 0 -2px var(--ink)}
.controls label:has(:focus-visible){outline:2px solid var(--focus);outline-offset:2px}
.scheme{margin-left:auto}`;

const figures = `
.figure{margin:2.2rem 0 0}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1.6rem 2rem}
.figure .panel{max-width:27rem;min-width:0}
.below{margin-top:.9rem}
.single{display:grid;grid-template-columns:minmax(0,32rem) minmax(14rem,1fr);gap:1rem 3rem;align-items:center}
.figure.single .panel{max-width:none}
.single .chart{font-size:9px}
.single .below{margin:0}
.single .legend{flex-direction:column}
@media (min-width:56.01rem){.single:has(.legend li:nth-child(13)){align-items:start}.single .legend:has(li:nth-child(13)){display:block;columns:13rem}}
figcaption{max-width:48em;margin-top:.7rem;font-size:.94rem;line-height:1.45}
figcaption b{font-weight:600}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.5rem;margin:0;padding:0;font-size:.9rem}
.legend button,.legend .entry{display:inline-flex;gap:.5rem;align-items:baseline;font:inherit;color:inherit;background:none;border:0;padding:.15rem 0;text-align:left;overflow-wrap:anywhere}
.js .legend button{cursor:pointer}
.legend .observes{color:var(--soft);font-size:.86em}
.legend [aria-pressed=false]{opacity:.55}
.legend [aria-pressed=false] .policy{text-decoration:line-through}
.sample{flex:none;align-self:center;vertical-align:-.1em;overflow:visible}
.chart{display:block;width:100%;height:auto;overflow:visible;font:11px "Liberation Sans","Helvetica Neue",Helvetica,Arial,sans-serif}
.chart text{fill:var(--ink)}
.chart .tick{fill:var(--soft);font-variant-numeric:tabular-nums}
.chart .axis-title{fill:var(--soft)}
.colour-ink{--colour:var(--ink)}
.curve{fill:none;stroke:var(--colour);stroke-width:1.5;stroke-linejoin:round}
.series use,.sample use{fill:var(--colour);stroke:var(--colour);stroke-width:1.4}
.mark-full{stroke:none}
.mark-open{fill:var(--paper)}
.mark-none{fill:none}
.stem{stroke:var(--colour);stroke-width:2}
.chart .value{font-variant-numeric:tabular-nums}
.band{fill:var(--colour);opacity:.16;stroke:none}
.grid{stroke:var(--grid)}
.axis{stroke:var(--soft);fill:none}
.marked{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 4;fill:none}
.baseline{stroke:var(--soft);stroke-width:1;fill:none}
.shade{fill:var(--shade)}
.edge{fill:none;stroke:var(--soft);stroke-width:1.2;stroke-dasharray:3 3}
.crosshair{stroke:var(--soft);stroke-width:1;pointer-events:none}
.series{transition:opacity .12s}
.series.dim{opacity:.14}
[data-hidden]{display:none}
[data-measure=relative] .view-absolute,[data-measure=absolute] .view-relative,[data-cold=with] .cold-without,[data-cold=without] .cold-with{display:none}
.tip{position:absolute;z-index:3;pointer-events:none;background:var(--paper);border:1px solid var(--rule);box-shadow:0 2px 10px rgb(0 0 0/.12);padding:.45rem .65rem;font:12px/1.5 "Liberation Sans","Helvetica Neue",Helvetica,Arial,sans-serif;max-width:min(24rem,94vw)}
.tip table{border:0;border-top:1px solid var(--rule);margin:.25rem 0 0;font-size:inherit;width:100%}
.tip tr:first-child td{padding-top:.25rem}
.tip td{padding:0 0 0 .8rem;border:0;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.tip td:first-child{padding:0;text-align:left;white-space:normal;overflow-wrap:anywhere}
.tip .sample{width:26px;margin-right:.35rem}`;

const tables = `
.scroll{overflow-x:auto;margin:.8rem 0;position:relative;background:linear-gradient(90deg,var(--paper) 50%,transparent) 0 0/2rem 100% no-repeat local,linear-gradient(270deg,var(--paper) 50%,transparent) 100% 0/2rem 100% no-repeat local,linear-gradient(90deg,var(--rule),transparent) 0 0/.6rem 100% no-repeat scroll,linear-gradient(270deg,var(--rule),transparent) 100% 0/.6rem 100% no-repeat scroll}
table{border-collapse:collapse;font-size:.9rem;line-height:1.35;font-variant-numeric:lining-nums tabular-nums;border-top:1.5px solid var(--ink);border-bottom:1.5px solid var(--ink)}
th,td{padding:.3rem .9rem;text-align:left;vertical-align:baseline}
th:first-child,td:first-child{padding-left:.1rem}
th:last-child,td:last-child{padding-right:.1rem}
thead th{font-weight:400;font-style:italic;vertical-align:bottom}
thead tr:last-child th,thead th[rowspan]{border-bottom:1px solid var(--ink)}
thead th[colspan]{border-bottom:1px solid var(--rule);text-align:center}
tbody th{font-weight:400;overflow-wrap:anywhere}
.number{text-align:right;white-space:nowrap}
.words{min-width:13rem;color:var(--soft)}
.averages small,.facts td small{display:block}
.averages tbody th{min-width:9.5rem}
.facts tbody th{min-width:7rem}
.averages th small{margin-left:2.9rem}
.data th,.data td,.data th button{padding-left:.6rem;padding-right:.6rem}
.data td{padding-top:.12rem;padding-bottom:.12rem;white-space:nowrap}
.data tbody tr:hover{background:var(--shade)}
.js .data th{padding:0}
.data th button{font:inherit;font-style:italic;color:inherit;background:none;border:0;cursor:pointer;padding:.3rem .6rem;white-space:nowrap}
.data th:first-child button{padding-left:.1rem}
.data th[aria-sort] button::after{content:" \\2191"}
.data th[aria-sort=descending] button::after{content:" \\2193"}
details{border-top:1px solid var(--rule);padding:.35rem 0}
details:last-of-type{border-bottom:1px solid var(--rule)}
summary{cursor:pointer;overflow-wrap:anywhere}
.downloads{display:none}
.js .downloads{display:block}
.print-only{display:none}`;

const narrow = `
@media (max-width:56rem){.single{display:block}.single .legend{flex-direction:row}.single .below{margin-top:.9rem}.single .chart{font-size:11px}}
@media (max-width:40rem){body{font-size:1rem}main,header,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.6rem}.js .controls{position:static}.scheme{margin-left:0}.legend{gap:0 1.1rem}.chart,.single .chart{font-size:11.5px}}
@media (pointer:coarse){.legend button,.controls label,summary{padding-top:.5rem;padding-bottom:.5rem}}
@media (prefers-reduced-motion:reduce){.series{transition:none}}`;

const print = `
@page{margin:14mm}
@media print{
html{font-size:9pt}
p,.notes,figcaption{max-width:none}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
.js .controls,.js .downloads,.data-section,.tip,.crosshair{display:none}
.print-only{display:block}
.panels{grid-template-columns:repeat(2,1fr);gap:5mm 8mm}
.figure .panel{max-width:none}
.single{display:block}.figure.single .panel{max-width:120mm}.single .legend{flex-direction:row}.single .below{margin-top:3mm}
.panel,.below,tr,.notes li{break-inside:avoid}
.figure:not(:has(.panel:nth-child(7))),.scroll{break-inside:avoid}
h2+p{break-after:avoid}
h2,h3{break-after:avoid}
h2{margin-top:7mm}
.averages th,.averages td{padding-top:.12rem;padding-bottom:.12rem}
.figure{margin-top:6mm}
footer{margin-top:3mm;padding-bottom:0;break-before:avoid}
footer::before{display:none}
.notes li{margin:.15rem 0}
.scroll{overflow:visible;background:none}
th,td{padding-left:1.5mm;padding-right:1.5mm}
.words{min-width:0}
.legend [aria-pressed=false]{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`;

/** The whole style sheet; the schemes come twice, for the machine's wish and for the reader's. */
export function styleSheet(): string {
  const light = scheme(1);
  const dark = scheme(2);
  return [
    `:root{${light}}`,
    `@media (prefers-color-scheme:dark){:root:not([data-scheme=light]){${dark}}}`,
    `:root[data-scheme=dark]{${dark}}`,
    page,
    controls,
    figures,
    explainStyles,
    reproductionStyles,
    colourRules,
    tables,
    narrow,
    explainNarrow,
    print,
    explainPrint,
    reproductionPrint,
    `@media print{:root,:root[data-scheme],:root:not([data-scheme=light]){${light};--paper:#fff}}`,
  ].join('');
}
