// packaging/dependencies.json: every work of others that B3IQ is built of, needs, or is tested with.
import fs from 'node:fs';
import path from 'node:path';
import { repoRoot } from '../e2e/node.mjs';

export const list = JSON.parse(fs.readFileSync(path.join(repoRoot, 'packaging/dependencies.json'), 'utf8'));
export const dependencies = [...list.debian, ...list.npm, ...list.in_the_tree, ...list.fetched_by_checksum];

// Why a work may not be used in its role; undefined where it may.
export function licenceFault({ name, role, licence }) {
  const allowed = list.allowed_licences[role];
  if (!allowed) return `${name}: no role is called ${role}`;
  return allowed.includes(licence) ? undefined : `${name}: ${licence} is not allowed for what is ${role}`;
}
