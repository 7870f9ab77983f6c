// OpenAI's published OpenAPI 3.1 document as ajv validators. The document is not part of this project: it is read from
// B3IQ_OPENAI_SCHEMA, or from shared/data beside the repository when it lies there.
import fs from 'node:fs';
import path from 'node:path';
import { repoRoot } from './node.mjs';

export const schemaFile =
  process.env.B3IQ_OPENAI_SCHEMA ?? path.join(repoRoot, '../shared/data/openai-openapi-subset.json');
export const schemaMissing = fs.existsSync(schemaFile)
  ? false
  : `OpenAI's OpenAPI document is not at ${schemaFile}: set B3IQ_OPENAI_SCHEMA to a copy to run this check`;

// `nullable: true` is OpenAPI 3.0; JSON Schema says it with a null type.
function withNullTypes(schema) {
  if (Array.isArray(schema)) return schema.map(withNullTypes);
  if (schema === null || typeof schema !== 'object') return schema;
  const { nullable, discriminator, ...rest } = schema;
  const next = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, withNullTypes(value)]));
  return nullable === true ? { anyOf: [next, { type: 'null' }] } : next;
}

export async function openaiSchema() {
  const { default: Ajv } = await import('ajv/dist/2020.js');
  const { default: addFormats } = await import('ajv-formats');
  const document = withNullTypes(JSON.parse(fs.readFileSync(schemaFile, 'utf8')));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('unixtime', { type: 'number', validate: Number.isInteger });
  ajv.addSchema({ ...document, $id: 'openai' });
  const validator = (name) => {
    const validate = ajv.compile({ $ref: `openai#/components/schemas/${name}` });
    return (value) => {
      if (!validate(value)) {
        throw new Error(`${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value).slice(0, 2_000)}`);
      }
    };
  };
  return {
    request: validator('CreateChatCompletionRequest'),
    completion: validator('CreateChatCompletionResponse'),
    chunk: validator('CreateChatCompletionStreamResponse'),
    models: validator('ListModelsResponse'),
    model: validator('Model'),
    embeddingRequest: validator('CreateEmbeddingRequest'),
    embeddings: validator('CreateEmbeddingResponse'),
    responseRequest: validator('CreateResponse'),
    response: validator('Response'),
    responseEvent: validator('ResponseStreamEvent'),
    textCompletion: validator('CreateCompletionResponse'),
    errorBody: validator('ErrorResponse'),
  };
}
