// An OpenAPI file of api/ as ajv validators. An object may hold no member that its schema does not name: what clients' types do not know
// cannot be used, and what nobody has described is told by mistake.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { repoRoot } from './node.mjs';

// `additionalProperties: true` beside named members tells clients to bear what a later version adds. With `whole` it gives this version's
// answers no leave to hold more than is named.
function closed(schema, whole) {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, whole));
  if (schema === null || typeof schema !== 'object') return schema;
  const next = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value, whole)]));
  const open = schema.additionalProperties === undefined || (whole && schema.additionalProperties === true);
  return schema.type !== undefined && schema.properties && open ? { ...next, additionalProperties: false } : next;
}

// `name`: "local", "admin", "public", "managed". `faultOf` says what is wrong with an answer by its schema, `requestFaultOf` with a body
// that is sent; '' when nothing is.
export function apiSchema(name, { whole = false } = {}) {
  const api = JSON.parse(fs.readFileSync(path.join(repoRoot, `api/${name}.json`), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ ...closed(api, whole), $id: name });
  const validators = new Map();
  // `at`: the path to a schema in the file.
  const check = (at, value) => {
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent).join('/');
    if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `${name}#/${pointer}` }));
    const validate = validators.get(pointer);
    return validate(value) ? '' : ajv.errorsText(validate.errors.map((error) => ({ ...error, message: `${error.message} ${JSON.stringify(error.params)}` })));
  };
  const operationOf = (method, route) => api.paths[route]?.[method.toLowerCase()];
  // The path to an answer's description; `default` stands for every status that is not named.
  const answerAt = (method, route, status) => {
    const known = operationOf(method, route)?.responses;
    if (known === undefined) return undefined;
    const key = known[status] ? String(status) : 'default';
    return known[key]?.$ref?.slice(2).split('/') ?? ['paths', route, method.toLowerCase(), 'responses', key];
  };
  const faultOf = (method, route, status, value, contentType = 'application/json') => {
    const at = answerAt(method, route, status);
    if (at === undefined) return `api/${name}.json has no ${method} ${route}`;
    const answer = at.reduce((within, part) => within?.[part], api);
    if (answer === undefined) return `api/${name}.json has no status ${status} of ${method} ${route}`;
    if (answer.content === undefined) return value === undefined ? '' : `api/${name}.json has no body of ${method} ${route} ${status}`;
    if (!answer.content[contentType]) return `api/${name}.json has no ${contentType} of ${method} ${route} ${status}`;
    return check([...at, 'content', contentType, 'schema'], value);
  };
  const requestFaultOf = (method, route, value) => {
    const asked = operationOf(method, route)?.requestBody;
    if (asked === undefined) return value === undefined ? '' : `api/${name}.json has no body of a ${method} ${route}`;
    if (value === undefined) return asked.required ? `api/${name}.json wants a body of ${method} ${route}` : '';
    return check(['paths', route, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'], value);
  };
  return { api, faultOf, requestFaultOf, operationOf, answerAt };
}
