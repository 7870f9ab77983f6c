// api/local.json as validators: api_schema.mjs.
import { apiSchema } from './api_schema.mjs';

const local = apiSchema('local');
export const localApi = local.api;
export const { faultOf } = local;
