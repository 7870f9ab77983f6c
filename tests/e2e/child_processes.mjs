// Programs that end with the test that started them, at the latest: also where its `after` failed half way and closed nothing.
import { spawn } from 'node:child_process';

const living = new Set();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export function spawnOwned(file, args, options) {
  const child = spawn(file, args, options);
  living.add(child);
  child.once('exit', () => living.delete(child));
  child.once('error', () => living.delete(child));
  return child;
}
