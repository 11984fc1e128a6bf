// What a web application keeps in redis: sessions as JSON, hashes of users, lists of events, counters.
// As the commands of the wire protocol.

const USERS = 40_000;
const EVENTS_PER_USER = 3;

/** The commands, in chunks that a socket takes one after the other. */
export function* recordCommands() {
  for (let i = 0; i < USERS; i++) {
    const token = ((i * 2654435761) >>> 0).toString(16).padStart(8, '0').repeat(4);
    const session = { user: i, token, roles: i % 7 === 0 ? ['admin'] : ['reader', 'writer'] };
    const basket = Array.from({ length: i % 5 }, (_, k) => ({ sku: `sku-${k * i}`, count: k + 1 }));
    let chunk = command('SET', `session:${token}`, JSON.stringify({ ...session, basket }));
    chunk += command(
      ...['HSET', `user:${i}`, 'name', `user ${i}`, 'mail', `user${i}@mail.example`],
      ...['city', ['Kyoto', 'Osaka', 'Nara'][i % 3], 'visits', String((i * 31) % 1000)],
    );
    for (let k = 0; k < EVENTS_PER_USER; k++) {
      const event = `${1_700_000_000 + i * 17 + k} GET /items/${(i * k) % 5000} 200 ${(i * 7) % 900}`;
      chunk += command('RPUSH', `events:${i % 2000}`, event);
    }
    yield chunk;
  }
}

function command(...words) {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}
