// CASES G12-134 and G5-68 for the whole way of private jobs: random markers stand in what customers ask and in what a runtime answers, in jobs that
// are done, streamed to a proxy's caller, failed, cancelled and sealed by hand. While a job runs and afterwards they are in nothing outside the node's own
// memory: not in the control plane's core, database, WAL, log, metrics, backup and answers, not on either link, not in the node's files. The last tests show
// that the search finds what is there, in each kind of place.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MarkerSearch, freshMarker, plainMarker } from './marker_search.mjs';
import { until } from './node.mjs';
import { noPostgres } from './postgres_server.mjs';
import { PrivateBench } from './private_bench.mjs';
import { answerOf, envelopeFor, workingNode } from './private_customer.mjs';
import { places, streamOf } from './private_places.mjs';
import { hasGcore, memoryOf, noMemory } from './process_memory.mjs';
import { RawConnection } from './wire.mjs';

const kPatienceMs = 120_000;
const kModel = 'marker-model';
const kQueue = '/v1/private-inference/jobs';
const marker = { prompt: freshMarker(), answer: freshMarker(), smuggled: freshMarker() };
const content = new MarkerSearch({ prompt: marker.prompt, answer: marker.answer });
const request = (model = kModel) => JSON.stringify({ model, max_tokens: 16, user: marker.prompt,
  messages: [{ role: 'system', content: `Be ${marker.prompt}` }, { role: 'user', content: marker.prompt }] });
const framesIn = (text) => [...text.matchAll(/^id: \d+\ndata: (.+)$/gm)].map(([, frame]) => JSON.parse(frame));

const traceOf = () => `${crypto.randomBytes(16).toString('hex')}-${crypto.randomBytes(8).toString('hex')}`;
const headersOf = (trace) => ({ traceparent: `00-${trace}-01`, tracestate: `vendor=${trace.slice(0, 32)}`, baggage: `user=${trace.slice(0, 32)}`,
  b3: `${trace}-1`, 'x-cloud-trace-context': `${trace.slice(0, 32)}/1;o=1` });

// A chat through the customer's proxy as it comes: {text} so far, and its end.
async function askProxy(ada, { stream, model = kModel, headers = {}, signal }) {
  const asked = { authorization: `Bearer ${ada.key}`, 'content-type': 'application/json', ...headers };
  const answer = await fetch(`${ada.proxyUrl}/v1/chat/completions`, { method: 'POST', headers: asked, signal, body: JSON.stringify({ ...JSON.parse(request(model)), stream }) });
  assert.equal(answer.status, 200);
  const come = { text: '' };
  come.ended = (async () => {
    const decoder = new TextDecoder();
    for await (const piece of answer.body) come.text += decoder.decode(piece, { stream: true });
    return come.text;
  })();
  come.ended.catch(() => {});  // who waits for it is told
  return come;
}

// What `search` finds, kind by kind, and which kinds of places there were.
async function look(bench, search, leftOut = []) {
  const seen = new Map();  // kind → [bytes, files or answers]
  const found = [];
  for await (const [kind, name, bytes] of places(bench)) {
    if (leftOut.includes(kind)) continue;
    const [size, count] = seen.get(kind) ?? [0, 0];
    seen.set(kind, [size + bytes.length, count + 1]);
    found.push(...search.find(bytes).map((hit) => ({ kind, name, ...hit })));
  }
  return { seen, found };
}
function assertClean({ found }) {
  assert.deepEqual(found, [], `${found.length} times`);
}

const kKinds = ['control plane: home', 'control plane: log', 'control plane: metrics', 'control plane: commands', 'control plane: admin API',
  'control plane: public API', 'control plane: customer API', 'node: home', 'node: log', 'node: metrics', 'node: telemetry', 'node: commands', 'node: setup API',
  'node: backup', 'node: support bundle', 'customer: state', 'customer: proxy log', 'link: customer', 'link: node'];
const kindsOf = (bench) => [...kKinds, ...(noMemory(bench.control.child.pid) ? [] : ['control plane: memory image', ...(hasGcore ? ['control plane: core dump'] : [])]),
  ...(bench.server ? ['PostgreSQL: files and WAL', 'PostgreSQL: dump'] : ['control plane: backup'])].sort();

test('the search knows a marker in every spelling, cut, and wherever it begins', () => {
  const { prompt } = marker;
  const spelled = [prompt, JSON.stringify(prompt), JSON.stringify(JSON.stringify({ prompt })), encodeURIComponent(prompt), prompt.slice(0, 20), prompt.slice(-20),
    [...prompt].reverse().join(''), Buffer.from(prompt).toString('hex'), Buffer.from(prompt).toString('hex').toUpperCase(),
    [...prompt].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')];
  for (const encoding of ['base64', 'base64url']) {
    for (const before of ['', 'a', 'ab', 'abc']) spelled.push(Buffer.from(`${before}${JSON.stringify(prompt)}`).toString(encoding));
  }
  const bytes = [...spelled.map((text) => Buffer.from(text)), Buffer.from(prompt, 'utf16le'), Buffer.from(prompt, 'utf16le').swap16()];
  for (const one of bytes) assert.notDeepEqual(content.find(Buffer.concat([Buffer.alloc(7, 'x'), one, Buffer.alloc(5, 'y')])), [], one.toString());
  assert.deepEqual(content.find(Buffer.from(freshMarker().repeat(50))), []);
});

function suite(name, { postgres, skip }) {
  describe(`private jobs on ${name}`, { skip }, () => {
    const leak = plainMarker();
    let bench;
    before(async () => { bench = await PrivateBench.launch({ postgres, says: marker.answer, models: [kModel, leak], runtimeId: leak }); });
    after(() => bench?.close());
    const tool = (words, input) => bench.ada.run(['private', ...words], input);
    const sealedByHand = async (job) => {
      const { ada, node } = bench;
      const binding = (await bench.control.public(`nodes/${node.id}/transport-key`)).json.transport_key;
      const sealed = await tool(['seal', '--binding', ada.write('binding', JSON.stringify(binding)), '--node', node.id, '--job', job, '--out', ada.path(`envelope-${job}`),
        '--answer-key', ada.path(`keys/${job}`)], request());
      assert.equal(sealed.code, 0, sealed.stderr);
      return { job_id: job, node_id: node.id, model_id: kModel, encrypted_request: JSON.parse(fs.readFileSync(ada.path(`envelope-${job}`), 'utf8')) };
    };

    test('plant: jobs that are done, streamed, failed, cancelled, and sealed by hand', async () => {
      const { ada, runtime } = bench;
      const whole = await tool(['send'], request());
      assert.equal(whole.code, 0, whole.stderr);
      assert.equal(whole.json.choices[0].message.content, marker.answer);
      const plain = await tool(['send', '--prompt', '--model', kModel], marker.prompt);
      assert.equal(plain.stdout.trim(), marker.answer.trim(), plain.stderr);

      await ada.startProxy();
      for (const stream of [false, true]) {
        const text = await (await askProxy(ada, { stream })).ended;
        assert.notDeepEqual(content.find(Buffer.from(text)), [], 'the caller has the answer');
      }
      await ada.stopProxy();

      fs.mkdirSync(ada.path('keys'), { mode: 0o700 });
      assert.equal((await bench.asAda(kQueue, { method: 'POST', body: await sealedByHand('by-hand') })).status, 202);
      const job = await bench.ended('by-hand');
      const opened = await tool(['open', '--answer-key', ada.path('keys/by-hand')], JSON.stringify(job));
      assert.equal(JSON.parse(opened.stdout).choices[0].message.content, marker.answer, opened.stderr);

      runtime.mode = 'error';
      const failed = await tool(['send', '--job', 'failed'], request());
      assert.notEqual(failed.code, 0);
      assert.equal((await bench.ended('failed')).status, 'failed');
      runtime.mode = 'hold';
      assert.equal((await tool(['send', '--no-wait', '--job', 'cancelled'], request())).code, 0);
      await until(() => runtime.held.length === 1, kPatienceMs, 'the runtime to be asked');
      assert.equal((await tool(['cancel', 'cancelled'])).code, 0);
      runtime.release();
      assert.ok(runtime.asked.filter((text) => content.find(Buffer.from(text)).length > 0).length >= 7, 'the runtime read the prompts');
    });

    test('G12_134 G5_68 while a job runs, nothing of it is outside the node\'s memory', async (t) => {
      bench.runtime.mode = 'hold';
      assert.equal((await tool(['send', '--no-wait', '--job', 'held'], request())).code, 0);
      await until(() => bench.runtime.held.length === 1, kPatienceMs, 'the runtime to be asked');
      assert.ok(['claimed', 'running'].includes((await bench.asAda(`${kQueue}/held`)).json.status));
      // The customer's own machine keeps the request until the answer was read.
      const looked = await look(bench, content, ['customer: state']);
      t.diagnostic(`${[...looked.seen].map(([kind, [size, count]]) => `${kind} ${count} (${size} B)`).join(', ')}`);
      assertClean(looked);
      const { pid } = bench.node;
      if (noMemory(pid)) {
        t.diagnostic(noMemory(pid));
      } else {
        const [[, image]] = memoryOf(pid, bench.folder);
        assert.notDeepEqual(content.find(image), [], 'the node itself holds the prompt all the while');
      }
      bench.runtime.release();
      const got = await tool(['get', 'held', '--text']);
      assert.equal(got.stdout.trim(), marker.answer.trim(), got.stderr);
    });

    test('G12_134 G5_68 while a job streams, its frames are relayed and nothing of it is outside the node\'s memory', async () => {
      const { ada, runtime } = bench;
      await ada.startProxy();
      runtime.mode = 'middle';
      const come = await askProxy(ada, { stream: true });
      await until(() => content.find(Buffer.from(come.text)).length > 0, kPatienceMs, 'the first piece at the caller');
      const [{ job_id: job, status }] = await ada.jobs();
      assert.ok(['claimed', 'running'].includes(status), status);
      bench.streaming = job;
      const looked = await look(bench, content);
      const [frame] = framesIn((await streamOf(bench, job, /^id: \d+\ndata: .+\n\n/m)).text);
      // Where its frames are, sealed, has been looked through: here is one.
      const { found } = await look(bench, new MarkerSearch({ frame: frame.ciphertext }));
      bench.streaming = undefined;
      runtime.release();
      assert.match(await come.ended, /\[DONE\]/);
      await ada.stopProxy();
      assertClean(looked);
      const kinds = new Set(found.map(({ kind }) => kind));
      for (const kind of ['control plane: customer API', 'link: node', 'link: customer', ...(bench.server ? ['PostgreSQL: files and WAL', 'PostgreSQL: dump']
        : ['control plane: home', 'control plane: backup'])]) assert.ok(kinds.has(kind), `no frame in ${kind}: ${[...kinds].join(', ')}`);
      for (const kind of ['control plane: log', 'control plane: metrics', 'control plane: admin API', 'control plane: public API', 'control plane: commands', 'node: home',
        'node: log', 'customer: state', 'customer: proxy log']) assert.ok(!kinds.has(kind), `a frame in ${kind}`);
    });

    test('G12_134 G5_68 afterwards the markers are nowhere either, in no kind of place', async () => {
      const looked = await look(bench, content);
      assert.deepEqual([...looked.seen.keys()].sort(), kindsOf(bench));
      assertClean(looked);
    });

    test('what is put beside the sealed text is refused, costs nothing and is kept nowhere', async () => {
      const before = await bench.ada.account();
      const encrypted = JSON.parse(fs.readFileSync(bench.ada.path('envelope-by-hand'), 'utf8'));
      const job = { job_id: 'smuggled', node_id: bench.node.id, model_id: kModel };
      for (const body of [{ ...job, encrypted_request: { ...encrypted, prompt: marker.smuggled } }, { ...job, encrypted_request: encrypted, messages: marker.smuggled },
        { ...job, encrypted_request: { ...encrypted, [marker.smuggled]: 1 } }, { ...job, model_id: marker.smuggled, encrypted_request: encrypted },
        { ...job, encrypted_request: { ...encrypted, ciphertext: marker.smuggled } }]) {
        const answer = await bench.asAda(kQueue, { method: 'POST', body });
        assert.equal(answer.status, 400, answer.text);
        assert.deepEqual(new MarkerSearch({ smuggled: marker.smuggled }).find(answer.bytes), [], 'the answer does not repeat it');
      }
      assert.deepEqual(await bench.ada.account(), before);
      // Its sender put it on the link and into the process that refused it.
      assertClean(await look(bench, new MarkerSearch({ smuggled: marker.smuggled }), ['link: customer', 'control plane: memory image', 'control plane: core dump']));
    });

    test('G12_137 a customer\'s trace goes to no node, and from its proxy not even to the control plane', async () => {
      const { ada, runtime } = bench;
      const traces = { proxied: traceOf(), direct: traceOf() };
      runtime.headers.length = 0;
      await ada.startProxy();
      assert.match(await (await askProxy(ada, { stream: true, headers: headersOf(traces.proxied) })).ended, /\[DONE\]/);
      await ada.stopProxy();
      const queued = await bench.asAda(kQueue, { method: 'POST', body: await sealedByHand('traced'), headers: headersOf(traces.direct) });
      assert.equal(queued.status, 202, queued.text);
      assert.equal((await bench.ended('traced')).status, 'completed');
      assert.equal(runtime.headers.length, 2);
      const search = new MarkerSearch(traces);
      for (const headers of runtime.headers) {
        assert.match(headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/, 'a trace of the node\'s own, for a runtime on loopback');
        assert.deepEqual(search.find(Buffer.from(JSON.stringify(headers))), []);
      }
      const { found } = await look(bench, search, ['control plane: memory image', 'control plane: core dump']);
      assert.deepEqual([...new Set(found.map((hit) => `${hit.marker} ${hit.kind}`))], ['direct link: customer'], 'where its sender put it');
    });

    // Unsealed: as names of a runtime, a model, a key, a request, a job and a folder, which take the ways that content must not take; and as a request that is
    // still coming. By hand where no name comes: in the control plane's metrics, and in its folder where its data are elsewhere. And the frames of a node
    // that does not seal them.
    test('the search finds what is planted, in every kind of place', async () => {
      const { ada, control, node, links } = bench;
      const unsealed = plainMarker();
      const paper = await workingNode(Object.create(control, { url: { value: links.node.url } }));
      const lent = { job_id: 'unsealed', node_id: paper.id, model_id: 'paper-1b', encrypted_request: envelopeFor(paper) };
      assert.equal((await bench.asAda(kQueue, { method: 'POST', body: lent })).status, 202);
      const { commands: [command] } = (await paper.poll({ wait: 20 })).json;
      const frames = [{ nonce: Buffer.alloc(12).toString('base64url'), ciphertext: Buffer.from(`data: ${unsealed}${' '.repeat(30)}`).toString('base64url') }];
      const taken = await paper.bringFrames('', 0, 0, { body: { streams: [{ job_id: command.arguments.job_id, frames }] } });
      assert.equal(taken.json.streams[0].next_frame, 1, taken.text);
      assert.equal((await paper.bring(command, answerOf(paper, command).result)).status, 200);
      await ada.startProxy('--home', ada.path(leak));
      await ada.stopProxy();
      await node.key({ name: leak });
      const { secret } = await node.key({ scope: ['chat'] });
      await node.chat({ model: leak, messages: [{ role: 'user', content: 'x' }] }, secret, { 'x-request-id': leak });
      await control.call('GET', '/v1/public/nodes', { headers: { 'x-request-id': leak } });
      assert.equal((await tool(['send', '--no-wait', '--job', leak], request(leak))).code, 0);
      assert.equal((await bench.ended(leak)).status, 'completed');
      const coming = await RawConnection.open(links.customer.port);
      coming.send(`POST ${kQueue} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-B3IQ-Customer-ID: ${bench.ada.id}\r\nX-B3IQ-Customer-Token: ${
        bench.ada.token}\r\nContent-Length: 1000\r\n\r\n{"prompt":"${leak}`);
      if (bench.server) fs.writeFileSync(path.join(control.home, 'planted'), leak);
      const scrape = control.metrics.bind(control);
      control.metrics = async () => `${await scrape()}planted_total{of="${leak}"} 1\n`;
      const { found } = await look(bench, new MarkerSearch({ leak, unsealed }));
      coming.close();
      control.metrics = scrape;
      const kindsWith = (one) => [...new Set(found.filter((hit) => hit.marker === one).map(({ kind }) => kind))].sort();
      assert.deepEqual(kindsWith('leak'), kindsOf(bench));
      const ofFrames = ['control plane: customer API', 'link: node', ...(bench.server ? ['PostgreSQL: dump', 'PostgreSQL: files and WAL'] : ['control plane: backup', 'control plane: home'])];
      const known = kindsWith('unsealed').filter((kind) => !/memory|core/.test(kind));
      assert.deepEqual(known, ofFrames.sort());
    });
  });
}

suite('SQLite', { postgres: false });
suite('PostgreSQL', { postgres: true, skip: noPostgres() });
