// G11_131: a script that was cut on its way does nothing: all it does is one function, called on its last line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { repoRoot } from '../e2e/node.mjs';

// Every script that installs, removes, starts or fetches something. .ci/run is not here: it is CI's own, never sent to anybody.
const scripts = [
  'run', 'packaging/deb/postinst.in', 'packaging/deb/prerm.in', 'packaging/deb/postrm.in', 'packaging/container/entrypoint', 'packaging/container/entrypoint.control-plane',
  ...fs.readdirSync(path.join(repoRoot, 'tools')).filter((name) => name.endsWith('.sh')).map((name) => `tools/${name}`),
  'bench/llama_server.sh', 'tests/packaging/as_container.sh',
];
const argumentsOf = {
  'packaging/deb/postinst.in': [['configure'], ['configure', '0.0.1']], 'packaging/deb/prerm.in': [['remove'], ['upgrade']],
  'packaging/deb/postrm.in': [['purge'], ['remove']], run: [['node', '--yes']],
};
const kLooks = ['dirname'];  // what a script may call while it only defines: it changes nothing
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'.split(':');

let work;
before(() => { work = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-cut-')); });
after(() => fs.rmSync(work, { recursive: true, force: true }));

// A folder with a stub for every program that the script could mean: each notes its name and does nothing.
function stubs(text, name, called) {
  const folder = path.join(work, `${name.replaceAll('/', '_')}.bin`);
  fs.mkdirSync(folder);
  const words = [...new Set(text.match(/[A-Za-z][\w.+-]*/g))];
  const kinds = spawnSync('bash', ['-c', 'for word; do type -t -- "$word" || echo none; done', '-', ...words], { encoding: 'utf8' }).stdout.trim().split('\n');
  for (const [index, word] of words.entries()) {
    const isProgram = systemPath.some((place) => fs.existsSync(path.join(place, word)));
    if (!isProgram && !['b3iq-host', 'b3iq-control-plane', 'deb-systemd-helper', 'deb-systemd-invoke', 'debootstrap', 'npm', 'ninja'].includes(word)) continue;
    if (['builtin', 'keyword'].includes(kinds[index])) continue;
    const does = word === 'dirname' ? 'exec /usr/bin/dirname "$@"' : `echo "${word} $*" >>'${called}'`;
    fs.writeFileSync(path.join(folder, word), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
  }
  return folder;
}

function runCut(shell, text, args, folder, place) {
  return spawnSync(shell, ['-s', '--', ...args], {
    input: text, cwd: place, encoding: 'utf8',
    env: { PATH: folder, HOME: place, B3IQ_HOME: path.join(place, 'home'), CI: 'true' },
  });
}

for (const name of scripts) {
  test(`G11_131: ${name}, cut behind any line and inside its last one, does nothing`, () => {
    const text = fs.readFileSync(path.join(repoRoot, name), 'utf8');
    const shell = text.startsWith('#!/bin/sh\n') ? '/bin/sh' : '/bin/bash';
    assert.ok(text.endsWith('\nmain "$@"\n'), 'the last line is the call');
    const place = path.join(work, `${name.replaceAll('/', '_')}.place`);
    fs.mkdirSync(place);
    const called = path.join(work, `${name.replaceAll('/', '_')}.called`);
    const folder = stubs(text, name, called);
    const lineEnds = [...text.matchAll(/\n/g)].map((match) => match.index + 1).slice(0, -1);
    const lastLine = text.lastIndexOf('main "$@"');
    // ("main" and a space call it without words: the next tests.)
    const inside = [1, 2, 3, 6].map((length) => lastLine + length);
    for (const args of argumentsOf[name] ?? [['x', 'y', 'z']]) {
      for (const end of [...lineEnds, ...inside]) {
        const got = runCut(shell, text.slice(0, end), args, folder, place);
        assert.equal(got.error, undefined);
        assert.equal(got.stdout, '', `cut at ${end}`);
      }
    }
    const lines = fs.existsSync(called) ? fs.readFileSync(called, 'utf8') : '';
    assert.equal(lines, '', 'no program was started');
    assert.deepEqual(fs.readdirSync(place), [], 'no file was made');
  });
}

test('G11_131: a maintainer script that is cut right behind the name of its function does nothing either', () => {
  for (const name of ['postinst', 'prerm', 'postrm']) {
    const text = fs.readFileSync(path.join(repoRoot, `packaging/deb/${name}.in`), 'utf8').replace(/main "\$@"\n$/, 'main');
    const called = path.join(work, `${name}.bare.called`);
    const got = runCut('/bin/sh', text, ['configure'], stubs(text, `${name}.bare`, called), work);
    const lines = fs.existsSync(called) ? fs.readFileSync(called, 'utf8') : '';
    assert.doesNotMatch(lines, /useradd|install|init|rm |userdel|stop|restart/, got.stderr);
  }
});

test('G11_131: the test sees a script that acts before its end', () => {
  const called = path.join(work, 'bad.called');
  const text = '#!/bin/sh\nmkdir -p somewhere\nmain() {\n  :\n}\nmain "$@"\n';
  const folder = stubs(text, 'bad', called);
  runCut('/bin/sh', text.slice(0, text.indexOf('main')), [], folder, work);
  assert.match(fs.readFileSync(called, 'utf8'), /^mkdir -p somewhere/);
});
