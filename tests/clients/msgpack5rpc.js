// npm's msgpack5rpc against peernetd: node msgpack5rpc.js PORT TOKEN; see README.md for what it prints.
'use strict';
const net = require('net');
const Session = require('msgpack5rpc');

const [port, token] = process.argv.slice(2);
const tell = (what, value) => console.log(JSON.stringify({ [what]: value }));
const socket = net.connect(Number(port), '127.0.0.1');
const session = new Session();
session.attach(socket, socket);

const call = (method, ...params) => new Promise((resolve, reject) =>
  session.request(method, params, (error, result) => (error ? reject(error) : resolve(result))));
const refusal = (...request) => call(...request).then(() => null, (error) => error);

async function pipeline() {
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) =>
    (i % 2 ? call('network.of', '2120000019') : call('ping'))));
  return answers.filter((answer, i) => (i % 2 ? answer.organizer.id === '2120000019' : answer.pong)).length;
}

async function main() {
  tell('refused', await refusal('network.of', '2120000019'));
  tell('login', (await call('hello', 'msgpack5rpc', 'string', 'en', token)).role);
  tell('call', (await call('network.of', '2120000019')).organizer.name);
  tell('error', await refusal('network.of', '1'));
  tell('pipelined', await pipeline());
  session._next_request_id = 2 ** 32 - 1000;
  tell('wide', [await pipeline(), session._next_request_id - 1]);
  session._next_request_id = 1;
  session.on('notification', (method, [fields]) => {
    tell('notification', [method, fields.programme]);
    socket.end();
  });
  tell('subscribed', (await call('subscribe', 'networks')).topics);
}

main();
