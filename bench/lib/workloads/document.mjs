// A page for a browser: long tables and lists with styles, a script that builds elements and keeps
// data, so that its processes hold what those of an open tab hold.

const ROWS = 3000;

/** The text of the page. */
export function documentText() {
  const rows = Array.from({ length: ROWS }, (_, i) => row(i)).join('\n');
  return `<!doctype html><meta charset="utf-8"><title>orders</title>
<style>
body { font: 14px sans-serif; } tr:nth-child(odd) { background: #eef; }
.card { float: left; margin: 4px; padding: 6px; border: 1px solid #ccc; border-radius: 5px; }
</style>
<h1>Orders</h1><table>${rows}</table><div id="cards"></div>
<script>
const kept = [];
for (let i = 0; i < 4000; i++) {
  const card = document.createElement('div');
  card.className = 'card';
  card.textContent = 'card ' + i + ' of ' + new Date(1.6e12 + i * 86400000).toDateString();
  document.getElementById('cards').append(card);
  kept.push({ id: i, card, history: Array.from({ length: 20 }, (_, k) => ({ k, at: i * k })) });
}
globalThis.kept = kept;
</script>`;
}

function row(i) {
  const city = ['Kyoto', 'Osaka', 'Nara', 'Kobe', 'Otsu'][i % 5];
  return `<tr><td>${i}</td><td>order-${(i * 2654435761) % 1e6}</td><td>${city}</td><td>${(i * 37) % 977}.${i % 100}</td></tr>`;
}
