// Issue 3, observability: what /metrics says is what docs/operating/metrics.md says, and CASES G12-135: nothing that a caller sends
// becomes a label.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Node, repoRoot, until, upstreamConfig } from './node.mjs';
import { Collector } from './collector.mjs';
import { Upstream } from './upstream.mjs';

const question = [{ role: 'user', content: 'Hi' }];
let upstream;
let collector;
let node;
let key;

before(async () => {
  upstream = await Upstream.start();
  collector = await Collector.start();
  node = await Node.start({ config: upstreamConfig(upstream.url, { telemetry: { otlp_endpoint: collector.url } }) });
  await node.ready('fake-instant');
  key = (await node.key({ scope: ['chat', 'metrics'] })).secret;
});
after(async () => {
  await node?.close();
  await upstream?.close();
  await collector?.close();
});

const scrape = async () => (await node.get('/metrics', key)).text;

// {name: {kind, help, series: {'labels': value}}}, and the text form checked on the way.
function parse(text) {
  const families = {};
  let family;
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# HELP ([a-z0-9_]+) (.+)$/.exec(line);
    const type = /^# TYPE ([a-z0-9_]+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-z0-9_]+?)(_bucket|_sum|_count)?(?:\{([^}]*)\})? (\S+)$/.exec(line);
    if (help) {
      assert.ok(!(help[1] in families), `${help[1]} once`);
      family = families[help[1]] = { help: help[2], series: {} };
    } else if (type) {
      family.kind = type[2];
    } else {
      assert.ok(sample && Number.isFinite(Number(sample[4])), line);
      const [, name, suffix, labels = ''] = sample;
      assert.equal(families[family.kind === 'histogram' ? name : `${name}${suffix ?? ''}`], family, line);
      family.series[`${suffix ?? ''}{${labels}}`] = Number(sample[4]);
    }
  }
  return families;
}

const value = async (name, labels = '') => parse(await scrape())[name].series[`{${labels}}`];

test('the page names exactly the metrics of the program, with their kinds and labels', async () => {
  const families = parse(await scrape());
  const page = fs.readFileSync(path.join(repoRoot, 'docs/operating/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` \| (counter|gauge|histogram) \| ([^|]*)\|/gm)];
  assert.deepEqual(rows.map(([, name]) => name).sort(), Object.keys(families).sort());
  for (const [, name, kind, said] of rows) {
    assert.equal(families[name].kind, kind, name);
    assert.ok(/_total$/.test(name) === (kind === 'counter') , `${name}: counters end in _total`);
    const labels = new Set(Object.keys(families[name].series).flatMap((series) => [...series.matchAll(/([a-z]+)="/g)].map(([, label]) => label)));
    labels.delete('le');
    const told = [...said.matchAll(/`([a-z]+)`(?:,|:|$| \(| )/g)].map(([, label]) => label).filter((word) => labels.has(word));
    assert.deepEqual([...new Set(told)].sort(), [...labels].sort(), `labels of ${name}`);
  }
});

test('buckets fit calls of models', async () => {
  const families = parse(await scrape());
  const bounds = (name) => [...new Set(Object.keys(families[name].series).map((series) => /le="([0-9.e-]+)"/.exec(series)?.[1]).filter(Boolean).map(Number))];
  const ends = (name) => [bounds(name).at(0), bounds(name).at(-1)];
  assert.deepEqual(ends('b3iq_chat_first_token_seconds'), [0.001, 120]);
  assert.deepEqual(ends('b3iq_chat_output_token_seconds'), [0.0001, 2]);
  assert.equal(ends('b3iq_chat_duration_seconds')[1], 600);
});

test('a call is counted once in each: tokens by kind, time, tokens of a call, attempts', async () => {
  const before = parse(await scrape());
  assert.equal((await node.chat({ model: 'fake-instant', messages: question, stream: true }, key)).status, 200);
  const after = await until(async () => {
    const now = parse(await scrape());
    return now.b3iq_receipts_total.series['{}'] > before.b3iq_receipts_total.series['{}'] && now;
  }, 5_000, 'the receipt');
  const gained = (name, series) => after[name].series[series] - before[name].series[series];
  assert.equal(gained('b3iq_tokens_total', '{kind="prompt"}'), 10);
  assert.equal(gained('b3iq_tokens_total', '{kind="completion"}'), 5);
  for (const name of ['b3iq_chat_duration_seconds', 'b3iq_chat_first_token_seconds', 'b3iq_chat_output_token_seconds',
    'b3iq_call_completion_tokens', 'b3iq_queue_wait_seconds']) assert.equal(gained(name, '_count{runtime="up"}'), 1, name);
  assert.equal(gained('b3iq_call_prompt_tokens', '_sum{runtime="up",operation="chat"}'), 10);
  assert.equal(gained('b3iq_gateway_overhead_seconds', '_count{}'), 1);
  assert.equal(gained('b3iq_runtime_attempts_total', '{runtime="up",outcome="succeeded"}'), 1);
  assert.ok(after.b3iq_http_connections.series['{}'] >= 1);
  assert.equal(after.b3iq_runtime_ready.series['{runtime="up"}'], 1);
});

test('errors of every route are counted by code, cancelled calls by stage', async () => {
  const [unauthorised, unknown] = [await value('b3iq_errors_total', 'code="unauthorized"'), await value('b3iq_errors_total', 'code="model_not_found"')];
  await node.get('/v1/models', 'b3iq_local_wrong');
  await node.chat({ model: 'nobody-has-it', messages: question }, key);
  assert.equal(await value('b3iq_errors_total', 'code="unauthorized"'), unauthorised + 1);
  assert.equal(await value('b3iq_errors_total', 'code="model_not_found"'), unknown + 1);

  const cancelled = await value('b3iq_calls_cancelled_total', 'stage="generating"');
  const gone = new AbortController();
  const answer = await fetch(`${node.url}/v1/chat/completions`, { method: 'POST', signal: gone.signal,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake-endless', messages: question, stream: true }) });
  const reader = answer.body.getReader();
  for (let text = ''; !text.includes('word1');) text += new TextDecoder().decode((await reader.read()).value);
  gone.abort();
  await until(async () => (await value('b3iq_calls_cancelled_total', 'stage="generating"')) === cancelled + 1, 10_000, 'the cancelled call');
});

test('G12_135 ten thousand odd models, keys, paths, methods and headers make no new series', async () => {
  const names = (text) => Object.entries(parse(text)).flatMap(([name, { series }]) => Object.keys(series).map((labels) => name + labels)).sort();
  const before = names(await scrape());
  const odd = (i) => `odd-${i}"} 1\nb3iq_evil{x="${i}`;
  const one = (i) => {
    switch (i % 5) {
      case 0: return node.chat({ model: odd(i), messages: question, user: odd(i) }, key, { 'user-agent': `odd-${i}`, 'x-request-id': `odd-${i}` });
      case 1: return node.chat({ model: 'fake-instant', messages: question }, `b3iq_local_odd${i}`);
      case 2: return node.get(`/v1/odd-${i}?model=odd-${i}`, key);
      case 3: return node.request({ method: 'POST', path: '/v1/embeddings', headers: { authorization: `Bearer ${key}` }, body: { model: odd(i), input: 'a' } });
      default: return node.request({ method: 'PROPFIND', path: `/v1/messages/odd-${i}` });
    }
  };
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (next < 10_000) await one(next++);
  }));
  const after = await scrape();
  assert.deepEqual(names(after), before);
  assert.ok(!after.includes('odd'));
});
