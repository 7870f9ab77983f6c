// The generated completions in the real shells, the manual page in the real groff, the units in the real systemd-analyze.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binDir, repoRoot, run } from '../e2e/node.mjs';

// docs/operating/service.md and control-plane.md say what was measured
const worstExposures = { 'b3iq-host': 3.0, 'b3iq-control-plane': 2.0 };
// Why a test skips, known before the first one is registered: one that waited here would let the hooks run early.
const missing = {};
for (const program of ['bash', 'zsh', 'fish', 'groff', 'man', 'systemd-analyze']) {
  const here = (await run('sh', ['-c', `command -v ${program}`])).code === 0;
  missing[program] = here ? false : `${program} is not here`;
}

const programs = ['b3iq-host', 'b3iq'];
let work;
before(async () => {
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-shells-'));
  for (const program of programs) {
    for (const [kind, file] of [['bash', `${program}.bash`], ['zsh', `_${program}`], ['fish', `${program}.fish`], ['man', `${program}.1`]]) {
      const made = await run(path.join(binDir, program), ['completion', kind]);
      assert.equal(made.code, 0, made.stderr);
      fs.writeFileSync(path.join(work, file), made.stdout);
    }
  }
  fs.mkdirSync(path.join(work, 'here/models'), { recursive: true });  // a folder that is called like a command
  fs.writeFileSync(path.join(work, 'here/a file.gguf'), '');
});
after(() => fs.rmSync(work, { recursive: true, force: true }));

// [line, what must be offered, what must not]: the same for each shell.
const cases = [
  ['b3iq-host ', ['init', 'serve', 'models', 'receipts', 'doctor'], ['list', '--json']],
  ['b3iq-host mod', ['models'], ['models/', 'serve']],
  ['b3iq-host keys cr', ['create'], ['list']],
  ['b3iq-host --home /tmp keys re', ['revoke'], []],
  ['b3iq-host --home=/tmp keys re', ['revoke'], []],
  ['b3iq-host --home keys models li', ['list'], ['create']],
  ['b3iq-host keys create --budget-p', ['--budget-period'], ['--budget-tokens']],
  ['b3iq-host receipts show 0123 --', ['--help'], ['--limit']],
  ['b3iq-host chat hello --js', ['--json'], []],
  ['b3iq-host keys create --scope ', ['chat', 'models', 'receipts', 'metrics'], ['a file.gguf']],
  ['b3iq-host completion ', ['bash', 'zsh', 'fish', 'man'], ['serve']],
  ['b3iq-host models install ./a', ['./a file.gguf'], []],
  ['b3iq-host chat --api-key-file ./a', ['./a file.gguf'], []],
  ['b3iq private ', ['send', 'get', 'proxy'], ['bash', '--json']],
  ['b3iq private send --privacy-class ', ['private_transport'], ['a file.gguf']],
  ['b3iq verify re', ['receipt'], ['binding']],
];
const programOf = (line) => line.split(' ')[0];

const shells = {
  // Words as readline splits them: also at '='.
  bash: async (line) => {
    const words = line.split(' ').flatMap((word) => (word.includes('=') ? [word.slice(0, word.indexOf('=')), '=', word.slice(word.indexOf('=') + 1)] : [word]));
    const ask = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _${programOf(line).replace('-', '_')}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--noprofile', '--norc', '-c', ask, path.join(work, `${programOf(line)}.bash`), ...words], { cwd: path.join(work, 'here') });
  },
  zsh: (line) => run('zsh', ['-f', path.join(repoRoot, 'tests/packaging/zsh_complete.zsh'), work, line],
    { cwd: path.join(work, 'here'), env: { TERM: 'dumb', HOME: work } }),
  fish: (line) => run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', path.join(work, `${programOf(line)}.fish`), line],
    { cwd: path.join(work, 'here'), env: { HOME: work, TERM: 'dumb' } }),
};

// What was offered, without its help (fish puts a tab between) and without the shell's quoting.
const offers = (text) => text.split('\n').map((line) => line.split('\t')[0].replaceAll('\\ ', ' ')).filter(Boolean);

for (const shell of Object.keys(shells)) {
  test(`completions: a real ${shell} offers what fits, and only that`, { skip: missing[shell] }, async () => {
    for (const [line, expected, forbidden] of cases) {
      const { code, stdout, stderr } = await shells[shell](line);
      const offered = offers(stdout);
      // zsh offers a file's name without the folder in front of it.
      const wanted = shell === 'zsh' ? expected.map((word) => word.replace(/^\.\//, '')) : expected;
      for (const word of wanted) assert.ok(offered.includes(word), `${line}| ${word} is not in ${JSON.stringify(offered)} (${code}) ${stderr}`);
      for (const word of forbidden) assert.ok(!offered.includes(word), `${line}| ${word} is in ${JSON.stringify(offered)}`);
    }
  });

  test(`completions: the script for ${shell} parses`, { skip: missing[shell] }, async () => {
    for (const program of programs) {
      const file = path.join(work, shell === 'zsh' ? `_${program}` : `${program}.${shell}`);
      const { code, stderr } = await run(shell, ['-n', file], { env: { HOME: work } });
      assert.equal(code, 0, stderr);
      assert.equal(stderr, '');
    }
  });
}

test('completions: zsh takes the script from a file that is sourced too', { skip: missing.zsh }, async () => {
  const ask = `autoload -Uz compinit; compinit -u -D; source ${work}/_b3iq-host; print -r -- $_comps[b3iq-host]`;
  const { stdout, stderr } = await run('zsh', ['-f', '-c', ask], { env: { HOME: work } });
  assert.equal(stdout.trim(), '_b3iq_host', stderr);
});

test('manual: groff renders it without a warning', { skip: missing.groff }, async () => {
  for (const program of programs) {
    const { code, stdout, stderr } = await run('groff', ['-ww', '-man', '-Tutf8', path.join(work, `${program}.1`)]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.match(stdout.replace(/\x1b\[[0-9;]*m|.\x08/g, ''), /COMMANDS/);
  }
});

test('manual: man shows it', { skip: missing.man }, async (t) => {
  const { code, stdout, stderr } = await run('man', ['--warnings=w', '-l', path.join(work, 'b3iq-host.1')], { env: { MANPAGER: 'cat', PAGER: 'cat', LC_ALL: 'C.UTF-8' } });
  if (code !== 0 && /minimized|not available|groff/.test(stderr + stdout)) return t.skip(`this machine's man shows nothing: ${stderr.trim()}`);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
});

for (const [program, worst] of Object.entries(worstExposures)) {
  const unit = path.join(repoRoot, `packaging/systemd/${program}.service`);
  const built = path.join(binDir, program);

  test(`service: systemd-analyze verify finds nothing wrong in the unit of ${program}`, { skip: missing['systemd-analyze'] }, async (t) => {
    if (!fs.existsSync(built)) return t.skip(`${program} is not built`);
    // The unit names the installed program; here the one that was built stands in its place.
    const copy = path.join(work, `${program}.service`);
    fs.writeFileSync(copy, fs.readFileSync(unit, 'utf8').replace(`/usr/bin/${program}`, built).replace(/^Documentation=.*\n/m, ''));
    const { code, stderr } = await run('systemd-analyze', ['verify', '--man=no', copy]);
    assert.deepEqual(stderr.split('\n').filter((line) => line.includes(program)), []);
    assert.ok(code === 0 || !stderr.includes(program), stderr);
    fs.writeFileSync(copy, fs.readFileSync(copy, 'utf8').replace('Restart=on-failure', 'Restart=sometimes'));
    assert.match((await run('systemd-analyze', ['verify', '--man=no', copy])).stderr, /sometimes|Restart/, 'a fault is seen');
  });

  test(`service: systemd-analyze security rates the unit of ${program} as documented`, { skip: missing['systemd-analyze'] }, async (t) => {
    const { code, stdout, stderr } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], { env: { LC_ALL: 'C.UTF-8' } });
    const rating = new RegExp(`Overall exposure level for ${program}\\.service: ([0-9.]+)`).exec(stdout)?.[1];
    if (code !== 0 && rating === undefined) return t.skip(`this systemd cannot rate a file: ${stderr.trim().split('\n')[0]}`);
    assert.ok(Number(rating) <= worst, `${rating}: more than ${worst}`);
  });
}
