// The Debian package of the programs that were built, made by cpack as ./run package does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { binDir, run } from '../e2e/node.mjs';

const config = path.join(path.dirname(binDir), 'CPackConfig.cmake');
const kPackMs = 300_000;

// Why no package can be made here; undefined where one can.
export async function cannotPackage() {
  if (!fs.existsSync(config)) return `${config} is not there: the programs are not in a build folder`;
  for (const tool of ['cpack', 'dpkg-deb', 'dpkg-shlibdeps', 'file', 'strip']) {
    if ((await run('sh', ['-c', `command -v ${tool}`])).code !== 0) return `${tool} is not here (the set "package" of packaging/debian-packages.txt)`;
  }
  return undefined;
}

// The path of the package, made in `folder`.
export async function makePackage(folder, { env = {} } = {}) {
  const made = await run('sh', ['-c', `umask 022; exec cpack -B "$0" --config "$1"`, folder, config], { env, timeoutMs: kPackMs });
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const [file] = fs.readdirSync(folder).filter((name) => name.endsWith('.deb'));
  return path.join(folder, file);
}
