// The node's setup API as its command line calls it, and a stream that is read step by step.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { until } from './node.mjs';

// A function (method, path, body) with the operator's token, also after a restart. A body that is text goes out as it is.
export function operator(node) {
  return (method, target, body) => {
    const { operator_token: token } = JSON.parse(fs.readFileSync(path.join(node.home, 'run/agent.json'), 'utf8'));
    return node.request({ method, path: target, headers: { authorization: `Bearer ${token}` }, body });
  };
}

// Begins a streamed chat and gives it once its header is there: `text` grows, `ended` says how it ended ('end' or 'cut'). With
// `stalled` nothing is read of the body until resume().
export async function openStream(node, body, secret, { stalled = false } = {}) {
  const stream = { text: '', ended: undefined };
  const bytes = JSON.stringify(body);
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) };
  const request = http.request(node.url, { method: 'POST', path: '/v1/chat/completions', headers, agent: false });
  const response = await new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.end(bytes);
  });
  request.on('error', () => {});
  assert.equal(response.statusCode, 200);
  response.setEncoding('utf8');
  stream.resume = () => response.on('data', (text) => { stream.text += text; });
  if (!stalled) stream.resume();
  response.on('end', () => { stream.ended ??= 'end'; });
  response.on('error', () => { stream.ended ??= 'cut'; });
  response.on('close', () => { stream.ended ??= 'cut'; });
  stream.until = (pattern, ms = 10_000) => until(() => pattern.test(stream.text), ms, `${pattern} in the stream`);
  stream.leave = () => request.destroy();
  return stream;
}
