// Fills a Node heap as a server would: sources read as text, an index of their words, records with
// strings and numbers, parsed JSON. Says so on stdout when done, then waits to be ended.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [root, mebibytes] = process.argv.slice(2);
const target = Number(mebibytes) * 2 ** 20;
const index = new Map();
const records = [];
const texts = [];
const names = readdirSync(root, { recursive: true }).filter((name) =>
  /\.(?:[cm]?js|ts)$/.test(name),
);

for (let turn = 0; process.memoryUsage().heapUsed < target && turn < names.length; turn++) {
  const name = names[(turn * 7919) % names.length];
  const text = read(join(root, name));
  texts.push(text.slice(0, 4096));
  for (const match of text.matchAll(/[A-Za-z_]\w{2,}/g)) {
    const places = index.get(match[0]);
    if (places === undefined) index.set(match[0], [match.index]);
    else if (places.length < 64) places.push(match.index);
  }
  records.push({
    id: turn,
    name,
    seen: new Date(1.7e12 + turn * 61_000),
    score: Math.sqrt(turn),
    tags: name.split('/'),
    body: JSON.parse(JSON.stringify({ name, lines: text.split('\n', 40) })),
  });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

console.log('ready');
setInterval(() => [index, records, texts], 1 << 30);
