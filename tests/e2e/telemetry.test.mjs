// Issue 3, observability: OTLP export against a collector that checks every message, and CASES G12-137: traces stop at the border.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Collector } from './collector.mjs';
import { Node, until, upstreamConfig } from './node.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
const strange = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'vendor=stranger', baggage: 'user=stranger',
  b3: '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1', 'x-cloud-trace-context': '4bf92f3577b34da6a3ce929d0e0e4736/1;o=1',
};
const kTraceHeaders = ['tracestate', 'baggage', 'b3', 'x-b3-traceid', 'x-cloud-trace-context', 'uber-trace-id'];
let folder;
let upstream;
let collector;
let node;
let key;

async function startNode(telemetry) {
  const started = await Node.start({ config: upstreamConfig(upstream.url, { telemetry }), env: { B3IQ_LOG_LEVEL: 'debug' } });
  await started.ready('fake-instant');
  return started;
}

before(async () => {
  upstream = await Upstream.start();
  collector = await Collector.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-otlp-'));
  const headers = path.join(folder, 'headers');
  fs.writeFileSync(headers, '# the collector\'s\nAuthorization: Bearer collector-secret\n', { mode: 0o600 });
  node = await startNode({ otlp_endpoint: collector.url, otlp_headers_file: headers, interval: '100ms' });
  key = (await node.key({ scope: ['chat', 'metrics'] })).secret;
});
after(async () => {
  await node?.close();
  await upstream?.close();
  await collector?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a call is one span by the GenAI conventions, without content', async () => {
  await node.chat({ model: 'fake-instant', messages: question }, key);
  const span = await until(() => collector.spans().at(-1), 10_000, 'a span');
  assert.equal(span.name, 'chat fake-instant');
  assert.deepEqual(span.status, {});
  const { attributes } = span;
  assert.equal(attributes['gen_ai.operation.name'], 'chat');
  assert.equal(attributes['gen_ai.provider.name'], 'openai');
  assert.equal(attributes['gen_ai.request.model'], 'fake-instant');
  assert.equal(attributes['gen_ai.response.model'], 'fake-instant');
  assert.equal(attributes['gen_ai.usage.input_tokens'], 10);
  assert.equal(attributes['gen_ai.usage.output_tokens'], 5);
  assert.deepEqual(attributes['gen_ai.response.finish_reasons'], ['stop']);
  assert.equal(attributes['b3iq.runtime.id'], 'up');
  assert.ok(attributes['b3iq.gateway_overhead'] > 0);
  assert.ok(!collector.text.includes('Hello from upstream') && !collector.text.includes(key));
  for (const { headers } of collector.requests) assert.equal(headers.authorization, 'Bearer collector-secret');
});

test('a call that fails is a span with the code', async () => {
  upstream.fault = 'status-500';
  await node.chat({ model: 'fake-instant', messages: question }, key);
  upstream.fault = undefined;
  const failed = await until(() => collector.spans().find(({ attributes }) => attributes['error.type'] === 'runtime_failed'),
    10_000, 'a failed span');
  assert.equal(failed.status.code, 2);
  assert.ok(!('gen_ai.usage.input_tokens' in failed.attributes));
  await until(async () => (await node.chat({ model: 'fake-instant', messages: question }, key)).status === 200, 15_000, 'the runtime again');
});

test('metrics have the conventions\' names, cumulative and whole', async () => {
  await until(() => collector.metrics().find(({ name }) => name === 'gen_ai.client.operation.duration')
    ?.points.some(({ count }) => Number(count) > 0), 10_000, 'a report with a call');
  const metrics = Object.fromEntries(collector.metrics().map((metric) => [metric.name, metric]));
  for (const [name, unit] of [['gen_ai.client.operation.duration', 's'], ['gen_ai.server.time_to_first_token', 's'],
    ['gen_ai.server.time_per_output_token', 's'], ['gen_ai.client.token.usage', '{token}']]) {
    assert.equal(metrics[name].kind, 'histogram');
    assert.equal(metrics[name].unit, unit);
    const ours = metrics[name].points.filter(({ attributes }) => attributes['b3iq.runtime.id'] === 'up');
    assert.ok(ours.length > 0, name);
    for (const { attributes } of ours) {
      assert.ok(['chat', 'embeddings'].includes(attributes['gen_ai.operation.name']), name);
      assert.equal(attributes['gen_ai.provider.name'], 'openai');
    }
  }
  const types = metrics['gen_ai.client.token.usage'].points.map(({ attributes }) => attributes['gen_ai.token.type']);
  assert.deepEqual([...new Set(types)].sort(), ['input', 'output']);
  assert.equal(metrics.b3iq_receipts.kind, 'sum');
  assert.equal(metrics.b3iq_gateway_overhead.unit, 's');
});

test('a collector that is away, refuses or hangs costs calls nothing; the node stops all the same', async () => {
  const away = await Collector.start();
  const other = await startNode({ otlp_endpoint: away.url, interval: '100ms' });
  try {
    const secret = (await other.key({ scope: ['chat', 'metrics'] })).secret;
    const value = async (name) => Number(new RegExp(`^${name} ([0-9.]+)$`, 'm').exec((await other.get('/metrics', secret)).text)?.[1]);
    away.status = 503;
    await other.chat({ model: 'fake-instant', messages: question }, secret);
    await until(async () => (await value('b3iq_telemetry_failures_total')) > 1, 10_000, 'failures to be counted');
    away.status = 200;
    await until(async () => {
      await other.chat({ model: 'fake-instant', messages: question }, secret);
      return away.spans().length > 0;
    }, 20_000, 'spans');
    away.status = 400;
    await other.chat({ model: 'fake-instant', messages: question }, secret);
    await until(async () => (await value('b3iq_telemetry_dropped_total\\{what="span"\\}')) > 0, 10_000, 'the refused to be dropped');
    away.status = 'hang';
    assert.equal((await other.chat({ model: 'fake-instant', messages: question }, secret)).status, 200);
    assert.deepEqual(await other.stop(), { code: 0, signal: null });
  } finally {
    await other.close();
    await away.close();
  }
});

test('G12_137 a caller\'s trace headers go no further than this node, and its runtime on loopback gets a fresh trace', async () => {
  for (const stream of [false, true]) {
    upstream.requests.length = 0;
    await node.chat({ model: 'fake-instant', messages: question, stream }, key, strange);
    const { headers } = upstream.requests.at(-1);
    for (const name of kTraceHeaders) assert.ok(!(name in headers), `${name} reached the runtime`);
    assert.match(headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.ok(!headers.traceparent.includes('4bf92f3577b34da6a3ce929d0e0e4736'));
    const [, traceId, spanId] = headers.traceparent.split('-');
    const span = await until(() => collector.spans().find((one) => one.traceId === traceId), 10_000, 'the span');
    assert.equal(span.spanId, spanId);
    assert.ok(!('parentSpanId' in span));
    await until(() => node.output.includes(traceId), 5_000, 'the trace id in the log');
  }
  upstream.requests.length = 0;
  await node.request({ method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${key}`, ...strange },
    body: { model: 'org/fake-embed:v1', input: 'a' } });
  assert.ok(!JSON.stringify(upstream.requests.at(-1).headers).includes('4bf92f3577b34da6a3ce929d0e0e4736'));
  assert.ok(!JSON.stringify(upstream.requests.at(-1).headers).includes('stranger'));
  assert.ok(!collector.text.includes('4bf92f3577b34da6a3ce929d0e0e4736') && !collector.text.includes('stranger'));
});

test('G12_137 without telemetry, or with trace_runtimes "none", a runtime gets no trace at all', async () => {
  for (const telemetry of [{}, { otlp_endpoint: collector.url, trace_runtimes: 'none' }]) {
    const plain = await startNode(telemetry);
    try {
      const secret = (await plain.key()).secret;
      upstream.requests.length = 0;
      await plain.chat({ model: 'fake-instant', messages: question }, secret, strange);
      for (const name of ['traceparent', ...kTraceHeaders]) assert.ok(!(name in upstream.requests.at(-1).headers), name);
    } finally {
      await plain.close();
    }
  }
});

test('a trusted caller\'s trace is continued, its baggage is not', async () => {
  const trusting = await startNode({ trust_traceparent: true });
  try {
    const secret = (await trusting.key()).secret;
    upstream.requests.length = 0;
    await trusting.chat({ model: 'fake-instant', messages: question }, secret, strange);
    const { headers } = upstream.requests.at(-1);
    assert.match(headers.traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);
    for (const name of kTraceHeaders) assert.ok(!(name in headers), name);
  } finally {
    await trusting.close();
  }
});
