// An OpenAPI file of api/ as ajv validators. An object may hold no member that its schema does not name: what clients' types do not know
// cannot be used, and what nobody has described is told by mistake.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { repoRoot } from './node.mjs';

function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const next = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return schema.type !== undefined && schema.properties && schema.additionalProperties === undefined ? { ...next, additionalProperties: false } : next;
}

// `name`: "local", "admin", "public". `faultOf` says what is wrong with an answer by its schema; '' when nothing is.
export function apiSchema(name) {
  const api = JSON.parse(fs.readFileSync(path.join(repoRoot, `api/${name}.json`), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ ...closed(api), $id: name });
  const faultOf = (method, route, status, value, contentType = 'application/json') => {
    const known = api.paths[route]?.[method.toLowerCase()]?.responses;
    if (known === undefined) return `api/${name}.json has no ${method} ${route}`;
    const at = known[status]
      ? ['paths', route, method.toLowerCase(), 'responses', String(status), 'content', contentType, 'schema']
      : ['components', 'responses', 'NativeError', 'content', 'application/json', 'schema'];
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent).join('/');
    const validate = ajv.compile({ $ref: `${name}#/${pointer}` });
    return validate(value) ? '' : ajv.errorsText(validate.errors.map((error) => ({ ...error, message: `${error.message} ${JSON.stringify(error.params)}` })));
  };
  return { api, faultOf };
}
