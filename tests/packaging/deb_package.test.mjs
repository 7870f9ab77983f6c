// The Debian packages: the same bytes each time, nobody's paths or secrets in them, and what they need is on the list.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { repoRoot, run } from '../e2e/node.mjs';
import { dependencies, licenceFault } from './dependency_list.mjs';
import { cannotPackage, maintainerScript, makePackages, packages } from './deb_build.mjs';

const skip = await cannotPackage() ?? false;
const kEpoch = '1700000000';

let work;
let debs;
before(async () => {
  if (skip) return;
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'b3iq-deb-'));
  debs = await makePackages(path.join(work, 'one'), { env: { SOURCE_DATE_EPOCH: kEpoch } });
});
after(() => work && fs.rmSync(work, { recursive: true, force: true }));

const sha256 = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');
const field = async (deb, name) => (await run('dpkg-deb', ['--field', deb, name])).stdout.trim();

test('G11_132: the same programs make the same packages, at another time, place, time zone and language', { skip }, async () => {
  const again = await makePackages(path.join(work, 'another-folder/two'), {
    env: { SOURCE_DATE_EPOCH: kEpoch, TZ: 'Pacific/Kiritimati', LC_ALL: 'C', LANG: 'de_DE.UTF-8' }
  });
  for (const name of Object.keys(packages)) assert.equal(sha256(again[name]), sha256(debs[name]), name);
});

test('G11_132: the time that is told from outside is in the packages', { skip }, async () => {
  const later = await makePackages(path.join(work, 'three'), { env: { SOURCE_DATE_EPOCH: '1700000001' } });
  for (const name of Object.keys(packages)) assert.notEqual(sha256(later[name]), sha256(debs[name]), name);
});

test('G11_132: ./run package takes the time from the commit, and leaves nothing to the umask', () => {
  const script = fs.readFileSync(path.join(repoRoot, 'run'), 'utf8');
  assert.match(script, /^  umask 022\b/m);
  assert.match(script, /SOURCE_DATE_EPOCH=\$\{SOURCE_DATE_EPOCH:-\$\(git .*log -1 --format=%ct/);
});

for (const [name, about] of Object.entries(packages)) {
  test(`packaging: ${name} has root's files with plain rights, no link out of it, and the maintainer scripts of the tree`, { skip }, async () => {
    const { stdout } = await run('dpkg-deb', ['--contents', debs[name]]);
    const lines = stdout.trim().split('\n');
    for (const line of lines) assert.match(line, /^([-d]rw[x-]r-[x-]r-[x-]|lrwxrwxrwx) root\/root /, line);
    assert.deepEqual(lines.filter((one) => one.startsWith('l')).map((one) => /\S+ -> \S+$/.exec(one)[0]), about.links);
    for (const place of [...about.holds, `/usr/share/doc/${name}/LICENSE`, `/usr/share/doc/${name}/THIRD_PARTY_NOTICES.md`]) {
      assert.ok(lines.some((line) => line.endsWith(`.${place}`)), place);
    }
    const control = path.join(work, `${name}.control`);
    await run('dpkg-deb', ['--control', debs[name], control]);
    if (!about.ACCOUNT) {
      assert.deepEqual(fs.readdirSync(control).sort(), ['control', 'md5sums']);
      assert.ok(!lines.some((line) => line.includes('/systemd/')), 'nothing is started for it');
      return;
    }
    assert.ok(lines.some((line) => line.endsWith(`./usr/lib/systemd/system/${about.PROGRAM}.service`)));
    const unit = fs.readFileSync(path.join(repoRoot, `packaging/systemd/${about.PROGRAM}.service`), 'utf8');
    assert.ok(lines.some((line) => line.includes(` .${/^ExecStart=(\S+)/m.exec(unit)[1]}`)), 'the unit starts what the package has');
    for (const script of ['postinst', 'prerm', 'postrm']) {
      const inside = path.join(control, script);
      assert.equal(fs.statSync(inside).mode & 0o777, 0o755);
      assert.equal(fs.readFileSync(inside, 'utf8'), maintainerScript(script, about));
    }
  });

  test(`G11_133: each package that ${name} depends on is on the list, with a licence that is allowed`, { skip }, async () => {
    const depends = (await field(debs[name], 'Depends')).split(',').map((one) => one.trim().split(/[ (|]/)[0]);
    assert.ok(depends.length > 5, 'dpkg-shlibdeps found what the programs are linked with');
    for (const needed of depends) {
      const entry = dependencies.find((one) => one.runtime?.includes(needed));
      assert.ok(entry, `${needed} is not in packaging/dependencies.json`);
      assert.equal(licenceFault(entry), undefined);
    }
  });
}
