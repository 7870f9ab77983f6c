// The Debian package: the same bytes each time, nobody's paths or secrets in it, and what it needs is on the list.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { repoRoot, run } from '../e2e/node.mjs';
import { dependencies, licenceFault } from './dependency_list.mjs';
import { cannotPackage, makePackage } from './deb_build.mjs';

const skip = await cannotPackage() ?? false;
const kEpoch = '1700000000';

let work;
let deb;
before(async () => {
  if (skip) return;
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-deb-'));
  deb = await makePackage(path.join(work, 'one'), { env: { SOURCE_DATE_EPOCH: kEpoch } });
});
after(() => work && fs.rmSync(work, { recursive: true, force: true }));

const sha256 = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');
const field = async (name) => (await run('dpkg-deb', ['--field', deb, name])).stdout.trim();

test('G11_132: the same programs make the same package, at another time, place, time zone and language', { skip }, async () => {
  const again = await makePackage(path.join(work, 'another-folder/two'), {
    env: { SOURCE_DATE_EPOCH: kEpoch, TZ: 'Pacific/Kiritimati', LC_ALL: 'C', LANG: 'de_DE.UTF-8' }
  });
  assert.equal(sha256(again), sha256(deb));
  const later = await makePackage(path.join(work, 'three'), { env: { SOURCE_DATE_EPOCH: '1700000001' } });
  assert.notEqual(sha256(later), sha256(deb), 'the time is the one thing that is told from outside');
});

test('G11_132: ./run package takes the time from the commit, and leaves nothing to the umask', () => {
  const script = fs.readFileSync(path.join(repoRoot, 'run'), 'utf8');
  assert.match(script, /^  umask 022\b/m);
  assert.match(script, /SOURCE_DATE_EPOCH=\$\{SOURCE_DATE_EPOCH:-\$\(git .*log -1 --format=%ct/);
});

test('packaging: the package has root\'s files with plain rights, no link out of it, and the maintainer scripts of the tree', { skip }, async () => {
  const { stdout } = await run('dpkg-deb', ['--contents', deb]);
  const lines = stdout.trim().split('\n');
  for (const line of lines) assert.match(line, /^([-d]rw[x-]r-[x-]r-[x-]|lrwxrwxrwx) root\/root /, line);
  for (const line of lines.filter((one) => one.startsWith('l'))) assert.match(line, /\.\/usr\/bin\/b3iq-host -> \.\.\/lib\/b3iq\/bin\/b3iq-host$/);
  for (const place of ['/usr/lib/b3iq/bin/b3iq-worker', '/usr/lib/systemd/system/b3iq-host.service', '/usr/share/man/man1/b3iq-host.1',
    '/usr/share/doc/b3iq/LICENSE', '/usr/share/doc/b3iq/THIRD_PARTY_NOTICES.md']) {
    assert.ok(lines.some((line) => line.endsWith(`.${place}`)), place);
  }
  const control = path.join(work, 'control');
  await run('dpkg-deb', ['--control', deb, control]);
  for (const script of ['postinst', 'prerm', 'postrm']) {
    const inside = path.join(control, script);
    assert.equal(fs.statSync(inside).mode & 0o777, 0o755);
    assert.equal(fs.readFileSync(inside, 'utf8'), fs.readFileSync(path.join(repoRoot, 'packaging/deb', script), 'utf8'));
  }
});

test('G11_133: each package that the .deb depends on is on the list, with a licence that is allowed', { skip }, async () => {
  const depends = (await field('Depends')).split(',').map((one) => one.trim().split(/[ (|]/)[0]);
  assert.ok(depends.length > 5, 'dpkg-shlibdeps found what the programs are linked with');
  for (const name of depends) {
    const entry = dependencies.find((one) => one.runtime?.includes(name));
    assert.ok(entry, `${name} is not in packaging/dependencies.json`);
    assert.equal(licenceFault(entry), undefined);
  }
});
