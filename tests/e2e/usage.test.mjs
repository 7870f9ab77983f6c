// Issue 4: what was used, by day: of accounts (also revoked ones), users and models.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, until, upstreamConfig } from './node.mjs';
import { Page } from './page.mjs';
import { Upstream } from './upstream.mjs';

let upstream;
let node;
let page;
let keys;
const today = () => new Date().toISOString().slice(0, 10);
const daysAgo = (count) => new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 10);

before(async () => {
  upstream = await Upstream.start();
  node = await Node.start({ config: upstreamConfig(upstream.url) });
  await node.ready('fake-instant');
  page = await Page.claim(node);
  keys = {
    first: await node.key({ name: 'first', user: 'bob' }), second: await node.key({ name: 'second', user: 'bob' }), alone: await node.key({ name: 'alone' }),
  };
  const ask = async (headers, model) => assert.equal((await node.request({ method: 'POST', path: '/v1/chat/completions', headers,
    body: { model, messages: [{ role: 'user', content: 'Hi' }] } })).status, 200);
  const by = ({ secret }) => ({ authorization: `Bearer ${secret}` });
  await ask(by(keys.first), 'fake-instant');
  await ask(by(keys.first), 'fake-instant');
  await ask(by(keys.second), 'fake-slow');
  await ask(by(keys.alone), 'fake-instant');
  await ask(page.headers, 'fake-slow');
  assert.equal((await node.cli(['keys', 'revoke', keys.second.id])).code, 0);
  await until(async () => (await page.get('usage?by=model')).json.data.length === 2, 10_000, 'the use to be booked');
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

const usage = async (query = '') => {
  const answer = await page.get(`usage${query}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.object, 'list');
  return answer.json;
};
const group = (list, name) => list.data.find((row) => row.name === name);

test('without parameters: each account and model of the last 30 days, with names, also of a revoked key', async () => {
  const list = await usage();
  assert.deepEqual([list.from, list.to, list.truncated], [daysAgo(29), today(), false]);
  const second = list.data.find(({ account }) => account === keys.second.id);
  assert.deepEqual(second, { account: keys.second.id, account_name: keys.second.name, user: 'bob', day: today(), model: 'fake-slow',
    requests: 1, prompt_tokens: 10, completion_tokens: 5 });
  const mine = list.data.find(({ account_name: name }) => name === 'ada');
  assert.match(mine.account, /^user_/);
  const table = await node.cli(['keys', 'usage']);
  assert.match(table.stdout, new RegExp(`${today()} +${keys.first.id} +${keys.first.name} +fake-instant +2 +20 +10`));
});

test('by account, by user, by model', async () => {
  const accounts = await usage('?by=account');
  assert.equal(accounts.by, 'account');
  assert.deepEqual(group(accounts, keys.first.name), { day: today(), group: keys.first.id, name: keys.first.name, requests: 2, prompt_tokens: 20, completion_tokens: 10 });
  const users = await usage('?by=user');
  assert.equal(group(users, 'bob').requests, 3);
  assert.equal(group(users, 'ada').requests, 1);
  assert.equal(users.data.find((row) => row.group === '').requests >= 1, true, 'keys of nobody');
  const models = await usage(`?by=model&from=${daysAgo(1)}&to=${today()}`);
  assert.equal(group(models, 'fake-slow').requests, 2);
});

test('a day outside of the period is not in it', async () => {
  assert.deepEqual((await usage(`?from=${daysAgo(10)}&to=${daysAgo(2)}`)).data, []);
  assert.deepEqual((await usage(`?by=user&to=${daysAgo(2)}`)).data, []);
});

test('what is wrong with the query is said', async () => {
  for (const [query, param, said] of [['?from=yesterday', 'from', /2026-01-31/], ['?to=2026-02-30', 'to', /2026-01-31/], ['?by=colour', 'by', /account, user or model/],
    [`?from=${today()}&to=${daysAgo(1)}`, 'from', /before/], [`?from=${daysAgo(366)}`, 'from', /366 days/], ['?since=1', 'since', /from, to and by/]]) {
    const answer = await page.get(`usage${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal(answer.json.error.code, 'invalid_request');
    assert.equal(answer.json.error.param ?? param, param);
    assert.match(answer.json.error.detail, said);
  }
});
