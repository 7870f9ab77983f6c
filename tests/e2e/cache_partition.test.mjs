// CASES G12-138: a runtime's prefix cache tells one customer nothing of what another asked. The embedded runtime and vLLM keep
// accounts apart; no other runtime is told anything of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, defaultModel, request } from './node.mjs';
import { Upstream } from './upstream.mjs';

let node;
before(async () => {
  node = await Node.start();
  await node.ready();
});
after(() => node?.close());

const prompt = (topic) => [{ role: 'user', content: `Between us: ${topic}. The board will vote on it next week, so nobody else may know of it until then.` }];

// Tokens of the prompt that the runtime did not compute again, as a caller is told.
async function cachedTokens(messages, secret) {
  const answer = await node.chat({ model: defaultModel, messages, max_tokens: 2, temperature: 0 }, secret);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.usage.prompt_tokens_details.cached_tokens;
}

async function cachedTokensAsAnthropicTells(messages, secret) {
  const answer = await request(node.url, {
    method: 'POST', path: '/v1/messages', headers: { 'x-api-key': secret, 'anthropic-version': '2023-06-01' },
    body: { model: defaultModel, messages, max_tokens: 2, temperature: 0 },
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.usage.cache_read_input_tokens;
}

test('G12_138 a key does not learn from the prefix cache what another key asked', async () => {
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (name) => (await node.key({ name })).secret));
  const messages = prompt('Borealis buys Aurora');
  assert.equal(await cachedTokens(messages, a), 0);
  const own = await cachedTokens(messages, a);
  assert.ok(own > 20, `a key reuses its own prefix: ${own}`);
  assert.equal(await cachedTokens(messages, b), 0);
  assert.equal(await cachedTokens(messages, b), own);
  assert.equal(await cachedTokensAsAnthropicTells(messages, c), 0);
  assert.equal(await cachedTokensAsAnthropicTells(messages, c), own);
});

test('G12_138 keys of one user share their prefixes, and a user called like a key shares nothing with it', async () => {
  const first = await node.key({ name: 'u1', user: 'anna' });
  const second = await node.key({ name: 'u2', user: 'anna' });
  const alone = await node.key({ name: 'alone' });
  const namesake = await node.key({ name: 'u3', user: alone.id });
  const messages = prompt('Solstice closes its plant');
  assert.equal(await cachedTokens(messages, first.secret), 0);
  assert.ok(await cachedTokens(messages, second.secret) > 20);
  assert.equal(await cachedTokens(messages, alone.secret), 0);
  assert.equal(await cachedTokens(messages, namesake.secret), 0);
});

test('G12_138 vLLM gets a salt for each account that does not name it; other servers get none', async () => {
  const upstream = await Upstream.start();
  const servers = ['vllm', 'sglang', 'openai'].map((kind) => ({ id: kind, kind, base_url: upstream.url }));
  const targets = await Promise.all(servers.map((server) => Node.start({ config: { runtimes: [server] } })));
  try {
    for (const [index, target] of targets.entries()) {
      await target.ready('fake-instant');
      const keys = [await target.key({ user: 'anna' }), await target.key({ user: 'anna' }), await target.key()];
      const salts = [];
      for (const key of keys) {
        for (const [path, more] of [['/v1/chat/completions', { messages: prompt('x') }], ['/v1/completions', { prompt: 'x' }],
          ['/v1/chat/completions', { messages: prompt('x'), stream: true }]]) {
          const from = upstream.requests.length;
          const answer = await target.request({
            method: 'POST', path, headers: { authorization: `Bearer ${key.secret}` }, body: { model: 'fake-instant', ...more },
          });
          assert.equal(answer.status, 200, answer.text);
          salts.push(upstream.requests.slice(from).at(-1).body.cache_salt);
        }
      }
      if (servers[index].kind !== 'vllm') {
        assert.deepEqual(salts, Array(9).fill(undefined));
        continue;
      }
      for (const salt of salts) assert.match(salt, /^[A-Za-z0-9_-]{43}$/);
      assert.deepEqual(new Set(salts.slice(0, 6)).size, 1);
      assert.deepEqual(new Set(salts.slice(6)).size, 1);
      assert.notEqual(salts[0], salts[6]);
      // A caller's own salt parts its prompts further, inside its account.
      await target.chat({ model: 'fake-instant', messages: prompt('x'), cache_salt: salts[0] }, keys[2].secret);
      assert.equal(upstream.requests.at(-1).body.cache_salt, `${salts[6]}-${salts[0]}`);
    }
  } finally {
    for (const target of targets) await target.close();
    await upstream.close();
  }
});
