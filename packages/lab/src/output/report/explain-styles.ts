// The look of an explained policy's figures: panels one above the other with the same x scale, each
// with its legend beside it, or below it where there is no room.

export const explainStyles = `
.choose{display:none}
.js .choose{display:block}
.choose select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--rule);padding:.2rem .4rem;max-width:100%}
.explain-run{margin:1.2rem 0 2.4rem}
.explain-run[hidden]{display:none}
.explain-panel{display:grid;grid-template-columns:minmax(0,48rem) minmax(13rem,1fr);gap:0 1.6rem;align-items:center;margin-bottom:.5rem}
.explain-panel .chart{font-size:5.4px}
.explain-panel .curve{vector-effect:non-scaling-stroke;stroke-linecap:round}
.explain-panel .chart path{vector-effect:non-scaling-stroke}
.explain-panel .legend{flex-direction:column;gap:.1rem;font-size:.84rem;line-height:1.35}
.explain-panel .legend li{display:grid;grid-template-columns:auto auto 1fr;gap:0 .5rem;align-items:baseline;overflow-wrap:anywhere}
.explain-panel .legend .observes{grid-column:2/4}
.explain-panel .value{font-variant-numeric:tabular-nums;font-weight:600}
.reading{min-height:1.5em;margin:0;color:var(--soft);font-size:.86rem}`;

export const explainNarrow = `
@media (max-width:56rem){.explain-panel{grid-template-columns:minmax(0,1fr);margin-bottom:1.2rem}.explain-panel .legend{flex-direction:row;gap:.1rem 1.2rem}}
@media (max-width:40rem){.explain-panel .chart{font-size:9.5px}.explain-panel .curve{stroke-width:1.2}}`;

export const explainPrint = `
@media print{.js .choose,.reading,.explain-panel .value{display:none}
.explain{break-before:page}.explain-run{break-inside:avoid;margin:3mm 0}
.explain-panel{grid-template-columns:minmax(0,1fr) 48mm;margin-bottom:2mm}.explain-panel .chart{font-size:6.5px}.explain-panel .curve{stroke-width:1}
.explain-panel .legend{flex-direction:column;line-height:1.2}.explain-run figcaption{margin-top:2mm}}`;
