// Plain curl, the way the product's pages show it: the key in a file of mode 0600, put into a short-lived curl config, and
// the body through stdin. Nothing secret is ever an argument.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { checkCompletion, checkModels } from './shapes.mjs';
import { completionChunks, streamedText } from './wire.mjs';
import { Node, defaultModel, run } from './node.mjs';

let node;
let env;

const kPattern = `
set -eu
umask 077
config=$(mktemp)
trap 'rm -f "$config"' EXIT
chmod 600 "$config"
printf 'header = "Authorization: Bearer %s"\\n' "$(cat "$B3IQ_LOCAL_KEY_FILE")" > "$config"
`;

before(async () => {
  node = await Node.start({
    config: (config) => ({ ...config, models: { ...config.models, aliases: { 'llama3.1:8b': defaultModel } } }),
  });
  await node.ready();
  const secrets = path.join(node.home, '.secrets');
  fs.mkdirSync(secrets, { mode: 0o700 });
  const file = path.join(secrets, 'b3iq-local-key');
  fs.writeFileSync(file, `${(await node.key({ name: 'curl' })).secret}\n`, { mode: 0o600 });
  env = { B3IQ_LOCAL_KEY_FILE: file, B3IQ_LOCAL_BASE_URL: node.url };
});
after(() => node?.close());

const shell = (script, input) => run('sh', ['-c', kPattern + script], { env, input });

test('curl: --fail /health', async () => {
  const health = await run('curl', ['--fail', '--silent', '--show-error', `${node.url}/health`]);
  assert.equal(health.code, 0, health.stderr);
  assert.equal(typeof health.json, 'object');
});

test('curl: models through a short-lived config', async () => {
  const models = await shell('curl --fail --silent --show-error --config "$config" "$B3IQ_LOCAL_BASE_URL/v1/models"');
  assert.equal(models.code, 0, models.stderr);
  checkModels(models.json);
  assert.ok(models.json.data.some((model) => model.id === defaultModel));
});

test('curl: chat with the body on stdin, under the name llama3.1:8b that the owner gave the model', async () => {
  const answer = await shell(
    'curl --fail --silent --show-error --config "$config" --header "content-type: application/json" --data-binary @- ' +
      '"$B3IQ_LOCAL_BASE_URL/v1/chat/completions"',
    JSON.stringify({
      model: 'llama3.1:8b', messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0,
      stream: false,
    }));
  assert.equal(answer.code, 0, answer.stderr);
  checkCompletion(answer.json);
  assert.match(answer.json.choices[0].message.content, /Paris/);
});

test('curl: a stream is valid SSE to the last byte', async () => {
  const answer = await shell(
    'curl --fail --silent --show-error --no-buffer --config "$config" --header "content-type: application/json" ' +
      '--data-binary @- "$B3IQ_LOCAL_BASE_URL/v1/chat/completions"',
    JSON.stringify({
      model: defaultModel, messages: [{ role: 'user', content: 'What is the capital of France?' }], temperature: 0,
      stream: true,
    }));
  assert.equal(answer.code, 0, answer.stderr);
  assert.match(streamedText(completionChunks(answer.stdout)), /Paris/);
});

test('curl: --fail ends with code 22 on a wrong key', async () => {
  const answer = await run('curl', [
    '--fail', '--silent', '--show-error', '--header', `Authorization: Bearer b3iq_local_${'0'.repeat(49)}`,
    `${node.url}/v1/models`,
  ]);
  assert.equal(answer.code, 22);
  assert.match(answer.stderr, /401/);
});
