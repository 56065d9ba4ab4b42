/**
 * One of several threads that fire requests at the same moment: each opens its connections first, then all wait at the
 * same gate. Without threads of their own, requests would queue up in one event loop and never meet.
 */
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { baseUrl, asks, gate } = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: asks.length });

function send({ method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, baseUrl), { method, headers, agent }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A client that is told to try again does so, with the same key. */
async function persist(ask) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(ask);
    const passing = answer.status >= 500 || answer.status === 429 || answer.body.includes('"retryable":true');
    if (!passing || attempt === 20) return answer;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
  }
}

await Promise.all(asks.map(() => send({ method: 'GET', path: '/_local/health' })));
const counter = new Int32Array(gate);
parentPort.postMessage('ready');
Atomics.wait(counter, 0, 0);
const answers = await Promise.all(asks.map(persist));
agent.destroy();
parentPort.postMessage(answers);
