// The Debian packages of the programs that were built, made by cpack as ./run package does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { binDir, repoRoot, run } from '../e2e/node.mjs';

const config = path.join(path.dirname(binDir), 'CPackConfig.cmake');
const kPackMs = 300_000;

// The packages: what cmake/package.cmake fills the scripts of packaging/deb with, and some of what each must hold. Without an ACCOUNT
// there is neither a script nor a service.
export const packages = {
  b3iq: {
    PACKAGE: 'b3iq', PROGRAM: 'b3iq-host', ACCOUNT: 'b3iq', MADE_BY: 'package', CONFIG_DIR: '',
    links: ['./usr/bin/b3iq-host -> ../lib/b3iq/bin/b3iq-host'],
    holds: ['/usr/lib/b3iq/bin/b3iq-worker', '/usr/share/man/man1/b3iq-host.1'],
  },
  'b3iq-control-plane': {
    PACKAGE: 'b3iq-control-plane', PROGRAM: 'b3iq-control-plane', ACCOUNT: 'b3iq-control', MADE_BY: 'owner',
    CONFIG_DIR: '/etc/b3iq-control-plane', links: [],
    holds: ['/usr/bin/b3iq-control-plane', '/usr/share/doc/b3iq-control-plane/config-control-plane.md'],
  },
  'b3iq-client': {
    PACKAGE: 'b3iq-client', PROGRAM: 'b3iq', ACCOUNT: '', links: [],
    holds: ['/usr/bin/b3iq', '/usr/share/man/man1/b3iq.1', '/usr/share/bash-completion/completions/b3iq',
      '/usr/share/doc/b3iq-client/customer-tool.md', '/usr/share/doc/b3iq-client/protocol/private-transport.md'],
  },
};

// A script of packaging/deb as the package has it.
export function maintainerScript(script, about) {
  return fs.readFileSync(path.join(repoRoot, `packaging/deb/${script}.in`), 'utf8').replace(/@([A-Z_]+)@/g, (_, word) => about[word]);
}

// Why no package can be made here; undefined where they can.
export async function cannotPackage() {
  if (!fs.existsSync(config)) return `${config} is not there: the programs are not in a build folder`;
  for (const { PROGRAM } of Object.values(packages)) {
    if (!fs.existsSync(path.join(binDir, PROGRAM))) return `${PROGRAM} is not built`;
  }
  for (const tool of ['cpack', 'dpkg-deb', 'dpkg-shlibdeps', 'file', 'strip']) {
    if ((await run('sh', ['-c', `command -v ${tool}`])).code !== 0) return `${tool} is not here (the set "package" of packaging/debian-packages.txt)`;
  }
  return undefined;
}

// { name of a package: its file }, made in `folder`.
export async function makePackages(folder, { env = {} } = {}) {
  const made = await run('sh', ['-c', `umask 022; exec cpack -B "$0" --config "$1"`, folder, config], { env, timeoutMs: kPackMs });
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.deb'));
  const debs = Object.fromEntries(files.map((name) => [name.split('_')[0], path.join(folder, name)]));
  assert.deepEqual(Object.keys(debs).sort(), Object.keys(packages).sort());
  return debs;
}
