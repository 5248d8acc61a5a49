// npm's msgpack-rpc-lite against peernetd: node msgpack-rpc-lite.js PORT TOKEN; see README.md for what it prints.
'use strict';
const { createClient } = require('msgpack-rpc-lite');

const [port, token] = process.argv.slice(2);
const tell = (what, value) => console.log(JSON.stringify({ [what]: value }));
const client = createClient(Number(port), '127.0.0.1');
client.setMaxListeners(0);

const call = async (...request) => (await client.request(...request))[0];
const refusal = (...request) => call(...request).then(() => null, (error) => error);

// How many of 1,000 calls were answered well, and the last msgid: the library counts them itself and shows them.
async function pipeline(every) {
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) =>
    (i % every ? client.request('ping') : client.request('network.of', '2120000019'))));
  const good = answers.filter(([answer], i) => (i % every ? answer.pong : answer.organizer.id === '2120000019'));
  return [good.length, answers[999][1]];
}

async function main() {
  tell('refused', await refusal('network.of', '2120000019'));
  tell('login', (await call('hello', 'msgpack-rpc-lite', 'string', 'en', token)).role);
  tell('call', (await call('network.of', '2120000019')).organizer.name);
  tell('error', await refusal('network.of', '1'));
  tell('pipelined', (await pipeline(2))[0]);
  // There is no way to choose a msgid: until they have left 16 bits, where they look as those at the end do.
  let [good, msgid] = [1000, 0];
  while (good === 1000 && msgid <= 0xffff) {
    [good, msgid] = await pipeline(100);
  }
  tell('wide', [good, msgid > 0xffff]);
  // It has no word for notifications: they come as data without a msgid.
  client.on('data:undefined', ({ method, params: [fields] }) => {
    tell('notification', [method, fields.programme]);
    client.close();
  });
  tell('subscribed', (await call('subscribe', 'networks')).topics);
}

main();
