// G11_133: nothing is used that is not on the list; everything is pinned, by checksum wherever it is not Debian that signs; every
// licence is one that its role allows.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { binDir, hostBin, repoRoot, run } from '../e2e/node.mjs';
import { dependencies, licenceFault, list } from './dependency_list.mjs';

const kMostLinked = 12;  // works whose code runs in our processes and comes from the machine
const npmFolders = ['.', 'packaging/node', 'bench', 'tests/browser', 'web'];  // with a lock file
const workspaces = ['web/shared', 'web/setup', 'web/api-types'];  // of web, under its lock file

const read = (file) => fs.readFileSync(path.join(repoRoot, file), 'utf8');
const readJson = (file) => JSON.parse(read(file));
const sha256 = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');

// Files of the tree by the end of their name; what was built or brought is left out.
function filesOf(pattern, folder = repoRoot) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'build', '.git'].includes(entry.name)) return [];
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesOf(pattern, file);
    return entry.isFile() && pattern.test(entry.name) ? [path.relative(repoRoot, file)] : [];
  });
}

const sorted = (names) => [...new Set(names)].sort();

test('G11_133: the Debian packages that ./run installs are those of the list, each once', () => {
  const used = read('packaging/debian-packages.txt').split('\n').filter((line) => /^[a-z]/.test(line))
    .flatMap((line) => line.trim().split(/\s+/).slice(2));
  const listed = list.debian.flatMap((one) => one.debian);
  assert.deepEqual(sorted(used), sorted(listed));
  assert.equal(new Set(listed).size, listed.length, 'one work for each package');
});

test('G11_133: what CMake looks for is on the list, with the version that it asks for', () => {
  const found = [];
  for (const file of filesOf(/^CMakeLists\.txt$|\.cmake$/)) {
    for (const [, name, version] of read(file).matchAll(/find_package\((\w+)(?: ([0-9.]+))?/g)) found.push({ name, version });
    for (const [, name] of read(file).matchAll(/pkg_check_modules\(\w+ REQUIRED(?: IMPORTED_TARGET)? ([\w.+-]+)/g)) found.push({ name });
    for (const [, name] of read(file).matchAll(/find_program\(\w+ ([\w.-]+)/g)) found.push({ name });
    assert.doesNotMatch(read(file), /FetchContent|file\(DOWNLOAD|\bURL https?:/, `${file} downloads`);
  }
  assert.ok(found.length > 10);
  for (const { name, version } of found) {
    const entry = list.debian.find((one) => one.cmake?.includes(name));
    assert.ok(entry, `${name} is not in packaging/dependencies.json`);
    if (version) assert.equal(entry.at_least, version, name);
  }
  for (const name of list.debian.flatMap((one) => one.cmake ?? [])) assert.ok(found.some((one) => one.name === name), `${name} is listed and not used`);
});

test('G11_133: npm packages: one exact version and checksum each, as the lock files say', () => {
  for (const folder of [...npmFolders, ...workspaces]) {
    const wanted = readJson(path.join(folder, 'package.json'));
    const workspace = workspaces.includes(folder) ? path.basename(folder) : '';
    const lock = readJson(path.join(workspace ? path.dirname(folder) : folder, 'package-lock.json'));
    const direct = Object.fromEntries(Object.entries({ ...wanted.dependencies, ...wanted.optionalDependencies, ...wanted.devDependencies })
      .filter(([name]) => !name.startsWith('@b3iq/')));
    const listed = list.npm.filter((one) => one.folder === folder);
    assert.deepEqual(sorted(Object.keys(direct)), sorted(listed.map((one) => one.name)), folder);
    for (const { name, version, integrity, licence } of listed) {
      const locked = lock.packages[`${workspace}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`];
      assert.deepEqual([direct[name], locked.version, locked.integrity, locked.license], [version, version, integrity, licence], name);
    }
  }
});

test('G11_133: npm packages behind those: a checksum and an allowed licence for each', () => {
  let seen = 0;
  for (const folder of npmFolders) {
    const { packages } = readJson(path.join(folder, 'package-lock.json'));
    for (const [place, one] of Object.entries(packages)) {
      if (!place.includes('node_modules/') || one.link) continue;
      const name = place.split('node_modules/').at(-1);
      const undeclared = list.npm_without_licence_field.find((other) => other.name === name);
      if (one.inBundle) {
        const holder = place.slice(0, place.indexOf('/node_modules/'));
        assert.match(packages[holder].integrity, /^sha512-/, `${place} comes inside ${holder}`);
      } else {
        assert.match(one.integrity ?? '', /^sha512-/, place);
      }
      assert.ok(!one.hasInstallScript || read('run').includes('--ignore-scripts'), place);
      const role = list.npm.find((other) => other.name === name)?.role ?? 'tool';
      assert.equal(licenceFault({ name: place, role, licence: one.license ?? undeclared?.licence }), undefined);
      seen += 1;
    }
  }
  assert.ok(seen > 100);
});

test('G11_133: what our scripts import from npm is asked for by name', () => {
  const bare = /^(?:import|\} from)\b[^'"]*['"]([^'".][^'"]*)['"];?$|\bimport\(['"]([^'".][^'"]*)['"]\)/gm;
  for (const file of filesOf(/\.mjs$/)) {
    const folder = ['bench', 'tests/browser', 'web/setup', 'web/api-types', 'web'].find((one) => file.startsWith(`${one}/`));
    const listed = list.npm.filter((one) => one.folder === folder || one.folder === '.');
    for (const [, first, second] of read(file).matchAll(bare)) {
      const what = first ?? second;
      if (what.startsWith('node:')) continue;
      const name = what.split('/').slice(0, what.startsWith('@') ? 2 : 1).join('/');
      assert.ok(listed.some((one) => one.name === name), `${file} imports ${name}`);
    }
  }
});

test('G11_133: the works whose code is in the pages have a licence that may be shipped, and the pages tell them in full', () => {
  const text = fs.readFileSync(path.join(path.dirname(binDir), 'share/b3iq/web/setup/licenses.md'), 'utf8');
  const works = [...text.matchAll(/^## (\S+) - (\S+) \((.+)\)$/gm)];
  for (const one of list.npm.filter(({ role, folder }) => role === 'shipped' && folder.startsWith('web/'))) {
    assert.ok(works.some(([, name, version]) => name === one.name && version === one.version), `${one.name} ${one.version}`);
  }
  for (const [, name, , licence] of works) assert.equal(licenceFault({ name, role: 'shipped', licence }), undefined);
});

test('G11_133: what lies in the tree has the checksums that lie beside it, and no file more', async () => {
  for (const { folder, sums } of list.in_the_tree.filter((one) => one.sums)) {
    const named = [];
    for (const sum of sums) {
      for (const line of read(path.join(folder, sum)).trim().split('\n')) {
        const [expected, file] = line.split(/\s+/);
        named.push(file);
        assert.equal(sha256(path.join(repoRoot, folder, file)), expected, file);
      }
    }
    const headers = filesOf(/\.h$/, path.join(repoRoot, folder)).map((file) => path.relative(folder, file));
    assert.deepEqual(sorted(headers), sorted(named));
  }
  assert.deepEqual(sorted(list.in_the_tree.filter((one) => one.folder).map((one) => one.folder)),
    fs.readdirSync(path.join(repoRoot, 'third_party')).map((name) => `third_party/${name}`));
});

test('G11_133: what a script fetches by itself is compared with the checksum of the list', () => {
  const fetchers = [...filesOf(/\.sh$/), 'run'].filter((file) => /\bnpm pack\b|\b(curl|wget)\b[^\n]*https?:\/\/[a-z]/.test(read(file).replace(/^\s*#.*$/gm, '')));
  // The second one prints the sum for whoever renews the headers; it is not run by anybody else.
  assert.deepEqual(sorted(fetchers), sorted([...list.fetched_by_checksum.map((one) => one.used_by), 'tools/update-llama-headers.sh']));
  for (const { version, sha256: sum, used_by: file } of list.fetched_by_checksum) {
    assert.ok(read(file).replace(/^ +/gm, '').includes(`version=${version}\nsha256=${sum}\n`), file);
  }
});

test('G11_133: every licence is allowed for its role, and the list is short', () => {
  assert.deepEqual(dependencies.map(licenceFault).filter(Boolean), []);
  assert.ok(licenceFault({ name: 'x', role: 'shipped', licence: 'GPL-3.0-only' }));
  assert.ok(licenceFault({ name: 'x', role: 'shipped', licence: undefined }));
  assert.ok(dependencies.filter((one) => one.role === 'linked').length <= kMostLinked);
});

test('G11_133: THIRD_PARTY_NOTICES.md names what is shipped and linked', () => {
  const notices = read('THIRD_PARTY_NOTICES.md');
  for (const { name, role } of dependencies) {
    if (['shipped', 'linked'].includes(role)) assert.ok(notices.includes(name.replace(/ and ggml$/, '')), `${name} is not in THIRD_PARTY_NOTICES.md`);
  }
});

test('G11_133: the built programs ask for no library that is not on the list', async (t) => {
  if (!fs.existsSync(hostBin)) return t.skip('nothing is built');
  if ((await run('sh', ['-c', 'command -v readelf'])).code !== 0) return t.skip('readelf is not here');
  const listed = dependencies.flatMap((one) => (['shipped', 'linked'].includes(one.role) ? one.libraries ?? [] : []));
  for (const program of ['b3iq-host', 'b3iq-worker', 'b3iq-control-plane', 'b3iq']) {
    const { stdout } = await run('readelf', ['--dynamic', '--wide', path.join(binDir, program)], { env: { LC_ALL: 'C' } });
    const needed = [...stdout.matchAll(/\(NEEDED\).*\[(\S+?)\.(?:v[0-9.]+\.)?so[.0-9]*\]/g)].map(([, stem]) => stem);
    assert.ok(needed.length > 3, stdout);
    for (const stem of needed) assert.ok(listed.includes(stem), `${program} is linked with ${stem}`);
  }
});
