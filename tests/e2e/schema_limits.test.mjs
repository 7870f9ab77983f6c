// Schemas that would keep the worker busy, or that its grammars cannot hold an answer to: refused before it sees them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, defaultModel } from './node.mjs';

let node;
let secret;
const paris = { model: defaultModel, messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0 };
const schema = (value, more = {}) => ({
  ...paris,
  max_tokens: 200,
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: value, ...more } },
});
const property = (value) => ({ type: 'object', properties: { c: value }, required: ['c'], additionalProperties: false });
const values = (count) => ({ type: 'string', enum: Array.from({ length: count }, (_, i) => `value${i}`) });

before(async () => {
  node = await Node.start();
  await node.ready();
  ({ secret } = await node.key({ name: 'schemas' }));
});
after(() => node?.close());

function refused(answer, param, code) {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json.error.param, param, answer.text);
  if (code) assert.equal(answer.json.error.code, code, answer.text);
}

test('G2-27 a schema with too many values is refused, and other chats go on', async () => {
  const beside = node.chat(paris, secret);
  refused(await node.chat(schema(property(values(60_000))), secret), 'response_format.json_schema.schema');
  refused(await node.chat(schema(property(values(501))), secret), 'response_format.json_schema.schema.properties.c.enum');
  assert.match((await beside).json.choices[0].message.content, /Paris/);
  assert.match((await node.chat(paris, secret)).json.choices[0].message.content, /Paris/);
  const taken = await node.chat(schema(property(values(500))), secret);
  assert.equal(taken.status, 200, taken.text);
  assert.match(JSON.parse(taken.json.choices[0].message.content).c, /^value\d+$/);
});

test('G2-27 numbers that the grammar would be built for without end are refused', async () => {
  const at = 'response_format.json_schema.schema.properties.c';
  refused(await node.chat(schema(property({ type: 'string', pattern: '^a{1,1000000}$' })), secret), `${at}.pattern`);
  refused(await node.chat(schema(property({ type: 'string', pattern: '^a{5,3}$' })), secret), `${at}.pattern`);
  refused(await node.chat(schema(property({ type: 'string', minLength: 5, maxLength: 3 })), secret), `${at}.maxLength`);
  refused(await node.chat(schema(property({ type: 'integer', minimum: 9, maximum: 3 })), secret), `${at}.maximum`);
  refused(await node.chat(schema({ $ref: '#' }), secret), 'response_format.json_schema.schema.$ref');
});

test('what a grammar cannot enforce is refused when strict, and a hint else', async () => {
  const five = property({ type: 'integer', minimum: 1, maximum: 50, multipleOf: 5 });
  refused(await node.chat(schema(five, { strict: true }), secret), 'response_format.json_schema.schema.properties.c.multipleOf', 'unsupported_parameter');
  const hint = await node.chat(schema(five), secret);
  assert.equal(hint.status, 200, hint.text);
  const { c } = JSON.parse(hint.json.choices[0].message.content);
  assert.ok(c >= 1 && c <= 50, `${c}`);
  refused(await node.chat(schema(property({ allOf: [{ type: 'string' }] })), secret), 'response_format.json_schema.schema.properties.c.allOf[0]');
});
