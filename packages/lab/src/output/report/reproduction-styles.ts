// What pages of a reproduced experiment add to the look of the report.

/** Four panels stand two by two, as in the paper, and not three and one. */
export const reproductionStyles = `
.reproduction .panels{grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr));max-width:64rem}
.reproduction .figure .panel{max-width:31rem}
.claims{list-style:none;padding:0;margin:.8rem 0;max-width:52em}
.claim{padding:.45rem 0 .45rem 8.6rem;border-top:1px solid var(--rule);position:relative}
.claim:last-child{border-bottom:1px solid var(--rule)}
.claim .verdict{position:absolute;left:0;font-weight:600}
.claim .verdict::before{content:"";display:inline-block;width:.62em;height:.62em;margin-right:.5em;border:1.5px solid var(--ink);border-radius:50%}
.claim.agrees .verdict::before{background:var(--ink)}
.claim.in-part .verdict::before{background:linear-gradient(90deg,var(--ink) 50%,transparent 50%)}
.claim .rule{display:block;color:var(--soft);font-size:.9rem}
.claims .claim details{border:0;padding:.1rem 0;font-size:.9rem}
.claims .claim summary{color:var(--soft)}
.averages.reproduction tbody th{vertical-align:top}
.averages.reproduction .published>*{border-bottom:1px solid var(--ink);font-weight:600}
.averages.reproduction tr.section>*{border-top:1px solid var(--rule)}
@media (max-width:40rem){.claim{padding-left:0}.claim .verdict{position:static;display:block}}`;

export const reproductionPrint = `
@media print{.reproduction .panels{max-width:none}.claim details{display:none}.claim{break-inside:avoid}}`;
