// The answers' shapes as this project promises them, checked by hand-written rules that always run. OpenAI's own schema
// (openai_schema.mjs) is the second, stricter opinion where it is at hand.
import assert from 'node:assert/strict';

const kFinish = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'];
const kTypeOfStatus = new Map([
  [400, 'invalid_request_error'], [413, 'invalid_request_error'], [415, 'invalid_request_error'],
  [422, 'invalid_request_error'], [401, 'authentication_error'], [403, 'authentication_error'],
  [402, 'insufficient_quota'], [404, 'not_found_error'], [409, 'conflict_error'], [429, 'rate_limit_error'],
]);

function isCount(value, what) {
  assert.ok(Number.isSafeInteger(value) && value >= 0, `${what} is ${JSON.stringify(value)}`);
}

export function checkUsage(usage) {
  isCount(usage.prompt_tokens, 'usage.prompt_tokens');
  isCount(usage.completion_tokens, 'usage.completion_tokens');
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
}

// `writes`: the answer is text, of which there is a first token.
export function checkB3iq(b3iq, { writes = true } = {}) {
  assert.equal(typeof b3iq.runtime_id, 'string');
  assert.match(b3iq.runtime_id, /^rt_[a-z2-7]{16}$/, 'runtime_id must be opaque');
  assert.ok(['embedded', 'openai'].includes(b3iq.runtime_kind), `runtime_kind ${b3iq.runtime_kind}`);
  isCount(b3iq.latency_ms, 'b3iq.latency_ms');
  // The first token of an unstreamed answer of an upstream cannot be seen.
  if ((writes && b3iq.runtime_kind === 'embedded') || b3iq.ttft_ms !== undefined) isCount(b3iq.ttft_ms, 'b3iq.ttft_ms');
  assert.match(b3iq.receipt_hash, /^0x[0-9a-f]{64}$/);
  assert.match(b3iq.receipt_salt, /^[A-Za-z0-9_-]{43}$/);
}

export function checkCompletion(body) {
  assert.equal(body.object, 'chat.completion');
  assert.equal(typeof body.id, 'string');
  isCount(body.created, 'created');
  assert.equal(typeof body.model, 'string');
  assert.equal(body.choices.length, 1);
  const [choice] = body.choices;
  assert.equal(choice.index, 0);
  assert.ok(kFinish.includes(choice.finish_reason), `finish_reason ${choice.finish_reason}`);
  assert.equal(choice.message.role, 'assistant');
  assert.ok(typeof choice.message.content === 'string' || choice.message.tool_calls?.length > 0);
  checkUsage(body.usage);
  checkB3iq(body.b3iq);
}

// All chunks of one stream, in order. With includeUsage the last but none of the others carries usage.
export function checkChunks(chunks, { includeUsage = false } = {}) {
  assert.ok(chunks.length >= 2, 'a stream has a role chunk and a final chunk at least');
  const [first] = chunks;
  assert.equal(first.choices[0].delta.role, 'assistant');
  let finished = 0;
  chunks.forEach((chunk, index) => {
    assert.equal(chunk.object, 'chat.completion.chunk');
    for (const member of ['id', 'created', 'model']) assert.equal(chunk[member], first[member], `${member} changes mid-stream`);
    assert.ok(chunk.choices.length <= 1);
    for (const choice of chunk.choices) {
      assert.equal(choice.index, 0);
      if (choice.finish_reason !== null && choice.finish_reason !== undefined) {
        assert.ok(kFinish.includes(choice.finish_reason));
        finished += 1;
      } else {
        assert.equal(finished, 0, 'content after finish_reason');
      }
    }
    if (index < chunks.length - 1) assert.equal(chunk.b3iq, undefined, 'b3iq belongs to the last chunk');
  });
  assert.equal(finished, 1, 'exactly one finish_reason');
  const last = chunks.at(-1);
  checkB3iq(last.b3iq);
  const withUsage = chunks.filter((chunk) => chunk.usage);
  assert.equal(withUsage.length, includeUsage ? 1 : 0, 'chunks with usage');
  if (includeUsage) checkUsage(withUsage[0].usage);
}

export function checkModels(body) {
  assert.equal(body.object, 'list');
  assert.ok(Array.isArray(body.data));
  for (const model of body.data) {
    assert.equal(typeof model.id, 'string');
    assert.equal(model.object, 'model');
    isCount(model.created, 'created');
    assert.equal(model.owned_by, 'b3iq');
  }
}

// The OpenAI-shaped error with its B3IQ part. `answer` is a whole HTTP answer with status and json.
export function checkError(answer, status, code) {
  const error = checkFrame(answer, status, code);
  assert.equal(typeof error.message, 'string');
  assert.ok(error.message.length > 0);
  const type = kTypeOfStatus.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  assert.equal(error.type, type);
  assert.ok(error.param === null || typeof error.param === 'string', 'param is null or the name of the member');
  assert.equal(error.b3iq.status, status);
  assert.equal(typeof error.b3iq.title, 'string');
  assert.equal(typeof error.b3iq.detail, 'string');
  assert.equal(error.b3iq.code, error.code);
  return error;
}

// The native shape: status, title, detail, code and the request id as instance.
export function checkNativeError(answer, status, code) {
  const error = checkFrame(answer, status, code);
  assert.equal(error.status, status);
  assert.equal(typeof error.title, 'string');
  assert.equal(typeof error.detail, 'string');
  assert.equal(error.instance, answer.headers['x-request-id']);
  return error;
}

// Anthropic's and Ollama's shapes, with our problem beside theirs; gives the problem.
export function checkForeignError(answer, status, code) {
  const { error, type, b3iq } = answer.json ?? JSON.parse(answer.text ?? answer.body);
  assert.equal(answer.status, status, `${answer.status} ${answer.text ?? ''}`);
  assert.ok(answer.headers['x-request-id'], 'every answer has X-Request-Id');
  assert.equal(b3iq.status, status);
  if (code) assert.equal(b3iq.code, code);
  const message = type === 'error' ? error.message : error;
  assert.equal(typeof message, 'string');
  assert.equal(b3iq.detail, message);
  return b3iq;
}

// Any of them, for walks over all routes.
export function checkAnyError(answer, status, code) {
  const { error, b3iq } = answer.json ?? JSON.parse(answer.text ?? answer.body);
  if (b3iq) return checkForeignError(answer, status, code);
  return error.b3iq ? checkError(answer, status, code) : checkNativeError(answer, status, code);
}

function checkFrame(answer, status, code) {
  assert.equal(answer.status, status, `${answer.status} ${answer.text ?? answer.body ?? ''}`);
  const { error } = answer.json ?? JSON.parse(answer.text ?? answer.body);
  if (code) assert.equal(error.code, code, JSON.stringify(error));
  assert.ok(answer.headers['x-request-id'], 'every answer has X-Request-Id');
  if (status === 429 || status === 503) assert.match(answer.headers['retry-after'] ?? '', /^[0-9]+$/, 'Retry-After');
  return error;
}
