// api/local.json as ajv validators. An object may hold no member that its schema does not name: what the pages' types do not know
// cannot be shown, and what nobody has described is told by mistake.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { repoRoot } from './node.mjs';

export const localApi = JSON.parse(fs.readFileSync(path.join(repoRoot, 'api/local.json'), 'utf8'));

function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const next = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return schema.type !== undefined && schema.properties && schema.additionalProperties === undefined ? { ...next, additionalProperties: false } : next;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ ...closed(localApi), $id: 'local' });

// What is wrong with an answer by its schema; '' when nothing is.
export function faultOf(method, route, status, value) {
  const at = ['paths', route, method.toLowerCase(), 'responses', String(status), 'content', 'application/json', 'schema'];
  const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent).join('/');
  const validate = ajv.compile({ $ref: `local#/${pointer}` });
  return validate(value) ? '' : ajv.errorsText(validate.errors.map((error) => ({ ...error, message: `${error.message} ${JSON.stringify(error.params)}` })));
}
