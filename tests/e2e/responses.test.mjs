// POST /v1/responses with real clients, through the real binary: the embedded model, and a scripted server that speaks chat
// completions. Every answer and every event is checked by OpenAI's own schema where that is at hand.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { Node, defaultModel, until } from './node.mjs';
import { openaiSchema, schemaMissing } from './openai_schema.mjs';
import { checkB3iq, checkError } from './shapes.mjs';
import { Upstream } from './upstream.mjs';

let node;
let upstream;
let secret;
let client;
let schema = { response() {}, responseEvent() {}, responseRequest() {} };
const input = 'What is the capital of France?';

const respond = (body, key = secret) => node.request({
  method: 'POST', path: '/v1/responses', headers: { authorization: `Bearer ${key}` }, body,
});

function eventsOf(text) {
  return text.split('\n\n').filter(Boolean).map((block) => {
    const [name, data] = block.split('\n');
    const event = JSON.parse(data.slice('data: '.length));
    assert.equal(name, `event: ${event.type}`);
    return event;
  });
}

// The rules of a stream that ended well; gives its final response.
function checkStream(events) {
  events.forEach((event, index) => assert.equal(event.sequence_number, index));
  assert.deepEqual(events.slice(0, 2).map((event) => event.type), ['response.created', 'response.in_progress']);
  const last = events.at(-1);
  assert.ok(['response.completed', 'response.incomplete'].includes(last.type), last.type);
  last.response.output.forEach((item, index) => {
    const own = events.filter((event) => event.output_index === index);
    assert.equal(own[0].type, 'response.output_item.added');
    assert.equal(own.at(-1).type, 'response.output_item.done');
    assert.deepEqual(own.at(-1).item, item);
    const deltas = own.filter((event) => event.type.endsWith('.delta')).map((event) => event.delta).join('');
    assert.equal(deltas, item.type === 'function_call' ? item.arguments : item.content[0].text);
  });
  for (const event of events) schema.responseEvent(event);
  schema.response(last.response);
  checkB3iq(last.response.b3iq);
  assert.equal(Object.keys(last.response).at(-1), 'b3iq');
  return last.response;
}

before(async () => {
  if (!schemaMissing) schema = await openaiSchema();
  upstream = await Upstream.start();
  node = await Node.start({
    config: (config) => ({ ...config, runtimes: [...config.runtimes, { id: 'up', kind: 'openai', base_url: upstream.url }] }),
  });
  await node.ready();
  await node.ready('fake-instant');
  ({ secret } = await node.key({ name: 'responses' }));
  client = new OpenAI({ apiKey: secret, baseURL: `${node.url}/v1`, maxRetries: 0 });
  setTracingDisabled(true);
});
after(async () => {
  await node?.close();
  await upstream?.close();
});

const place = { type: 'object', properties: { capital: { type: 'string' } }, required: ['capital'], additionalProperties: false };
const variants = [
  ['plain', {}],
  ['instructions and sampling', { instructions: 'Be brief.', temperature: 0.2, top_p: 0.9, user: 'u', metadata: { a: 'b' }, store: false }],
  ['items', {
    input: [
      { role: 'developer', content: 'Answer in English.' }, { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { type: 'message', role: 'assistant', id: 'msg_1', status: 'completed', content: [{ type: 'output_text', text: 'Hello.', annotations: [] }] },
      { type: 'reasoning', id: 'rs_1', summary: [] }, { type: 'message', role: 'user', content: input },
    ],
  }],
  ['json_object', { text: { format: { type: 'json_object' } } }],
  ['json_schema', { text: { format: { type: 'json_schema', name: 'place', schema: place, strict: true } } }],
  ['cut short', { max_output_tokens: 2 }],
];

for (const [name, more] of variants) {
  for (const model of [defaultModel, 'fake-instant']) {
    test(`responses: ${model}, ${name}`, async () => {
      const body = { model, input, max_output_tokens: 48, temperature: 0, ...more };
      const answer = await respond(body);
      assert.equal(answer.status, 200, answer.text);
      schema.response(answer.json);
      checkB3iq(answer.json.b3iq);
      assert.equal(answer.json.store, false);
      assert.deepEqual(answer.json.metadata, more.metadata ?? {});
      assert.equal(answer.json.instructions, more.instructions ?? null);
      assert.equal(answer.json.usage.total_tokens, answer.json.usage.input_tokens + answer.json.usage.output_tokens);
      const streamed = await respond({ ...body, stream: true });
      assert.equal(streamed.status, 200, streamed.text);
      const whole = checkStream(eventsOf(streamed.text));
      const text = (response) => response.output.map((item) => item.content?.[0].text ?? '').join('');
      assert.equal(text(whole), text(answer.json));
      for (const count of ['input_tokens', 'output_tokens']) assert.equal(whole.usage[count], answer.json.usage[count]);
      if (model === 'fake-instant') assert.equal(text(whole), 'Hello from upstream.');
      if (more.max_output_tokens === 2 && model === defaultModel) {
        assert.equal(answer.json.status, 'incomplete');
        assert.equal(answer.json.incomplete_details.reason, 'max_output_tokens');
        assert.equal(answer.json.output[0].status, 'incomplete');
      }
    });
  }
}

test('responses: the openai client creates and streams', async () => {
  const answer = await client.responses.create({ model: defaultModel, input, temperature: 0 });
  assert.match(answer.output_text, /Paris/);
  assert.equal(answer.status, 'completed');
  checkB3iq(answer.b3iq);
  let text = '';
  for await (const event of await client.responses.create({ model: defaultModel, input, temperature: 0, stream: true })) {
    if (event.type === 'response.output_text.delta') text += event.delta;
  }
  assert.equal(text, answer.output_text);
  const final = await client.responses.stream({ model: defaultModel, input, temperature: 0 }).finalResponse();
  assert.equal(final.output_text, answer.output_text);
});

test('responses: parse() gives an object of the schema', async () => {
  const { zodTextFormat } = await import('openai/helpers/zod');
  const answer = await client.responses.parse({
    model: defaultModel, temperature: 0, max_output_tokens: 80, input: 'Give me the capital of France as JSON.',
    text: { format: zodTextFormat(z.object({ capital: z.string() }), 'place') },
  });
  assert.equal(typeof answer.output_parsed.capital, 'string');
});

test('responses: what the upstream is sent is a chat', async () => {
  await respond({
    model: 'fake-instant', instructions: 'Be brief.', max_output_tokens: 9, tools: [
      { type: 'function', name: 'look', description: 'Looks.', parameters: place, strict: true },
    ], tool_choice: { type: 'function', name: 'look' }, parallel_tool_calls: false, reasoning: { effort: 'low' },
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'See' }, { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'low' }] },
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
      { type: 'function_call', call_id: 'c2', name: 'look', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c1', output: 'seen' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'too' }] },
    ],
  });
  const { body } = upstream.last('fake-instant');
  const call = (id, args) => ({ id, type: 'function', function: { name: 'look', arguments: args } });
  assert.deepEqual(body, {
    model: 'fake-instant', parallel_tool_calls: false, max_tokens: 9, reasoning_effort: 'low',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'See' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } }] },
      { role: 'assistant', content: null, tool_calls: [call('c1', '{}'), call('c2', '{"a":1}')] },
      { role: 'tool', tool_call_id: 'c1', content: 'seen' }, { role: 'tool', tool_call_id: 'c2', content: 'too' },
    ],
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: place, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'look' } },
  });
});

for (const stream of [false, true]) {
  test(`responses: a tool is called and answered, stream ${stream}`, async () => {
    const tools = [{ type: 'function', name: 'look', parameters: place, strict: true }];
    const answer = await respond({ model: 'fake-calls', input, tools, stream });
    assert.equal(answer.status, 200, answer.text);
    const response = stream ? checkStream(eventsOf(answer.text)) : answer.json;
    schema.response(response);
    assert.equal(response.status, 'completed');
    const [call] = response.output;
    assert.deepEqual([call.type, call.call_id, call.name, call.arguments], ['function_call', 'call_fake', 'look', '{"capital":"Paris"}']);
    const next = await respond({
      model: 'fake-calls', tools, input: [{ role: 'user', content: input }, call, { type: 'function_call_output', call_id: call.call_id, output: 'yes' }],
    });
    assert.equal(next.json.output[0].content[0].text, 'Hello from upstream.');
  });
}

test('responses: agents in their default mode, whole and streamed', async () => {
  const modelProvider = new OpenAIProvider({ apiKey: secret, baseURL: `${node.url}/v1`, useResponses: true });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  const agent = new Agent({ name: 'Guide', instructions: 'You are a helpful assistant.', model: defaultModel, modelSettings: { temperature: 0 } });
  assert.match((await runner.run(agent, input)).finalOutput, /Paris/);
  const streamed = await runner.run(agent, input, { stream: true });
  let text = '';
  for await (const piece of streamed.toTextStream()) text += piece;
  await streamed.completed;
  assert.match(text, /Paris/);
});

test('responses: agents run a tool of theirs', async () => {
  const modelProvider = new OpenAIProvider({ apiKey: secret, baseURL: `${node.url}/v1`, useResponses: true });
  const runner = new Runner({ modelProvider, tracingDisabled: true });
  const seen = [];
  const look = tool({
    name: 'look', description: 'Looks a capital up.', parameters: z.object({ capital: z.string() }),
    execute: ({ capital }) => { seen.push(capital); return 'yes'; },
  });
  const agent = new Agent({ name: 'Guide', instructions: 'Use the tool.', model: 'fake-calls', tools: [look] });
  for (const stream of [false, true]) {
    const result = await runner.run(agent, input, { stream });
    if (stream) await result.completed;
    assert.equal(result.finalOutput, 'Hello from upstream.');
  }
  assert.deepEqual(seen, ['Paris', 'Paris']);
});

test('responses: what cannot be done without memory is refused by name', async () => {
  const cases = [
    [{ store: true }, 'store'], [{ previous_response_id: 'resp_1' }, 'previous_response_id'], [{ conversation: 'c' }, 'conversation'],
    [{ background: true }, 'background'], [{ prompt: { id: 'p' } }, 'prompt'], [{ include: ['reasoning.encrypted_content'] }, 'include'],
    [{ truncation: 'auto' }, 'truncation'], [{ top_logprobs: 2 }, 'top_logprobs'], [{ reasoning: { summary: 'auto' } }, 'reasoning.summary'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'], [{ nonsense: 1 }, 'nonsense'],
    [{ input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }, 'input[0].content[0].file_id'],
    [{ tool_choice: { type: 'web_search_preview' } }, 'tool_choice.type'],
    [{ model: defaultModel, reasoning: { effort: 'low' } }, 'reasoning.effort'],
    [{ model: defaultModel, input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:,' }] }] }, 'input'],
  ];
  for (const [more, param] of cases) {
    const error = checkError(await respond({ model: 'fake-instant', input, ...more }), 400, 'unsupported_parameter');
    assert.equal(error.param, param, JSON.stringify(more));
    assert.ok(error.message.includes(`'${param}'`), error.message);
  }
});

test('responses: what is wrong is named', async () => {
  const cases = [
    [{ input: undefined }, 'input'], [{ input: [] }, 'input'], [{ input: 7 }, 'input'], [{ model: undefined }, 'model'],
    [{ temperature: 3 }, 'temperature'], [{ max_output_tokens: 0 }, 'max_output_tokens'], [{ metadata: { a: 1 } }, 'metadata.a'],
    [{ input: [{ role: 'nobody', content: 'x' }] }, 'input[0].role'], [{ input: [{ type: 'function_call', name: 'x' }] }, 'input[0].call_id'],
    [{ text: { format: { type: 'xml' } } }, 'text.format.type'], [{ text: { format: { type: 'json_schema', name: 'x' } } }, 'text.format.schema'],
    [{ tools: [{ type: 'function', name: 'a b' }] }, 'tools[0].name'], [{ tool_choice: 'required' }, 'tool_choice'],
  ];
  for (const [more, param] of cases) {
    const body = { model: 'fake-instant', input, ...more };
    assert.equal(checkError(await respond(body), 400, 'invalid_request').param, param, JSON.stringify(more));
  }
});

test('responses: a caller that goes takes the work with it', async () => {
  const stream = await client.responses.create({ model: 'fake-endless', input, stream: true });
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') break;  // the client hangs up
  }
  await until(() => upstream.last('fake-endless').closedAt, 2_000, 'the end of the upstream call');
});

test('G6_75_responses: a stream that breaks ends with response.failed and an error that the client throws', async () => {
  upstream.fault = 'cut';
  const answer = await respond({ model: 'fake-paced', input, stream: true });
  const events = eventsOf(answer.text);
  assert.deepEqual(events.slice(-2).map((event) => event.type), ['response.failed', 'error']);
  events.forEach((event, index) => assert.equal(event.sequence_number, index));
  for (const event of events) schema.responseEvent(event);
  assert.equal(events.at(-2).response.error.code, 'server_error');
  assert.ok(!answer.text.includes('response.completed'));
  const stream = await client.responses.create({ model: 'fake-paced', input, stream: true });
  await assert.rejects(async () => { for await (const event of stream) assert.notEqual(event.type, 'response.completed'); });
  upstream.fault = 'status-500';
  checkError(await respond({ model: 'fake-paced', input, stream: true }), 502, 'runtime_failed');
  upstream.fault = undefined;
});
