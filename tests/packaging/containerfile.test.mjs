// packaging/container/Containerfile and Containerfile.control-plane by their text: what must hold before anybody builds them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { binDir, repoRoot, run } from '../e2e/node.mjs';
import { dependencies } from './dependency_list.mjs';

const folder = path.join(repoRoot, 'packaging/container');

// [{ word, rest }] of the instructions, continuation lines joined, comments gone.
export function instructionsOf(text) {
  return text.split('\n').filter((line) => !/^\s*#/.test(line)).join('\n').replace(/\\\n/g, ' ')
    .split('\n').map((line) => line.trim()).filter(Boolean)
    .map((line) => ({ word: line.split(/\s+/)[0], rest: line.slice(line.split(/\s+/)[0].length).trim() }));
}

// What is wrong with a Containerfile; empty when nothing is.
export function faultsOf(text) {
  const all = instructionsOf(text);
  const faults = [];
  const lastFrom = all.findLastIndex(({ word }) => word === 'FROM');
  const final = all.slice(lastFrom);
  const last = (word) => final.findLast((one) => one.word === word)?.rest;
  for (const { rest } of all.filter(({ word }) => word === 'FROM')) {
    const image = rest.split(/\s+/)[0];
    if (!/:(?!latest$)[\w.-]+(@sha256:[0-9a-f]{64})?$/.test(image)) faults.push(`no tag: ${image}`);
  }
  if (all.some(({ word }) => word === 'ADD')) faults.push('ADD takes addresses and unpacks; COPY does neither');
  if (all.some(({ word, rest }) => word === 'RUN' && /\b(curl|wget)\b|https?:\/\//.test(rest))) faults.push('a download by hand');
  if (!/^[1-9][0-9]*:[1-9][0-9]*$/.test(last('USER') ?? '')) faults.push('the last USER is not a number beside root');
  if (!last('HEALTHCHECK')?.includes('CMD ["/')) faults.push('no HEALTHCHECK without a shell');
  if (!/^SIG(TERM|INT)$/.test(last('STOPSIGNAL') ?? '')) faults.push('no STOPSIGNAL');
  if (!last('ENTRYPOINT')?.startsWith('[')) faults.push('ENTRYPOINT runs in a shell, which keeps the stop signal');
  if (last('VOLUME') !== /B3IQ_(?:CONTROL_)?HOME=(\S+)/.exec(last('ENV') ?? '')?.[1]) faults.push('the home is no VOLUME');
  for (const { word, rest } of all) {
    if (['ENV', 'ARG'].includes(word) && /key|token|secret|password/i.test(rest)) faults.push(`a secret in a layer: ${word} ${rest}`);
    if (word === 'RUN' && /b3iq-(host|control-plane) .*\binit\b/.test(rest)) faults.push('an identity in a layer');
  }
  const lastUser = final.findLastIndex(({ word }) => word === 'USER');
  if (final.slice(lastUser).some(({ word }) => word === 'RUN' || word === 'COPY')) faults.push('files made after USER belong to the program');
  return faults;
}

const files = ['Containerfile', 'Containerfile.control-plane'];
const textOf = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
const text = textOf('Containerfile');

for (const file of files) {
  test(`container: the ${file} keeps the rules`, () => assert.deepEqual(faultsOf(textOf(file)), []));
}

test('container: each rule is one that a change can break', () => {
  const broken = [
    [text.replaceAll('debian:trixie-slim', 'debian'), /no tag/],
    [text.replaceAll('debian:trixie-slim', 'debian:latest'), /no tag/],
    [text.replace('COPY . .', 'ADD https://example.com/b3iq.tar.gz .'), /ADD/],
    [text.replace('RUN ./run package', 'RUN curl -s https://example.com | sh; ./run package'), /download/],
    [text.replace(/^USER .*$/m, 'USER root'), /USER/],
    [text.replace(/^USER .*\n/m, ''), /USER/],
    [text.replace(/^HEALTHCHECK .*\n/m, ''), /HEALTHCHECK/],
    [text.replace(/^STOPSIGNAL .*$/m, 'STOPSIGNAL SIGKILL'), /STOPSIGNAL/],
    [text.replace(/^ENTRYPOINT .*$/m, 'ENTRYPOINT /usr/lib/b3iq/entrypoint'), /ENTRYPOINT/],
    [text.replace(/^VOLUME .*$/m, 'VOLUME /data'), /VOLUME/],
    [`${text}ENV OWNER_TOKEN=x\n`, /secret/],
    [text.replace(/^USER/m, 'RUN b3iq-host --home /var/lib/b3iq init\nUSER'), /identity/],
    [`${text}COPY . /var/lib/b3iq\n`, /after USER/],
  ];
  for (const [changed, fault] of broken) {
    assert.notEqual(changed, text, String(fault));
    assert.match(faultsOf(changed).join('\n'), fault);
  }
});

for (const file of files) {
  test(`container: what the ${file} copies exists, and no key, build or package folder gets into a layer`, () => {
    for (const { word, rest } of instructionsOf(textOf(file))) {
      if (word !== 'COPY' || rest.startsWith('--from=')) continue;
      const [source] = rest.split(/\s+/).filter((one) => !one.startsWith('--'));
      assert.ok(fs.existsSync(path.join(repoRoot, source)), source);
    }
    const ignored = textOf(`${file}.dockerignore`).split('\n');
    for (const pattern of ['.git', 'build', '**/node_modules', '**/.b3iq', '**/*.key']) assert.ok(ignored.includes(pattern), pattern);
  });
}

test('container: Containerfile.control-plane installs the libraries that its program is linked with, and no others', async (t) => {
  const program = path.join(binDir, 'b3iq-control-plane');
  if (!fs.existsSync(program)) return t.skip('b3iq-control-plane is not built');
  const { code, stdout } = await run('readelf', ['--dynamic', '--wide', program], { env: { LC_ALL: 'C' } });
  if (code !== 0) return t.skip('readelf is not here');
  const stems = [...stdout.matchAll(/\(NEEDED\).*\[(\S+?)\.so[.0-9]*\]/g)].map(([, stem]) => stem);
  assert.ok(stems.length > 3, stdout);
  // Debian's names of them differ between releases: packaging/dependencies.json has those of each.
  const wanted = [...new Set(stems.map((stem) => dependencies.find((one) => one.libraries?.includes(stem))?.name))];
  const inImage = ['libstdc++', 'glibc'];  // Debian's smallest image has them
  const named = /--no-install-recommends ([^&\\]+)/.exec(textOf('Containerfile.control-plane'))[1].trim().split(/\s+/)
    .map((one) => dependencies.find((other) => other.runtime?.includes(one))?.name ?? one);
  assert.deepEqual(named.sort(), [...wanted.filter((name) => !inImage.includes(name)), 'ca-certificates'].sort());
});

test('container: the compose example takes every right that the node does not need', () => {
  const compose = fs.readFileSync(path.join(folder, 'compose.yaml'), 'utf8');
  for (const line of ['read_only: true', 'cap_drop: [ALL]', 'security_opt: ["no-new-privileges:true"]', 'network_mode: host']) {
    assert.ok(compose.includes(line), line);
  }
  const volume = /^VOLUME (\S+)$/m.exec(text)[1];
  assert.ok(compose.includes(`node:${volume}`), volume);
  assert.doesNotMatch(compose, /privileged|docker\.sock|_(KEY|TOKEN|PASSWORD)/);
});
