// Routes that the contract names and api/local.json does not have yet, in the shape of the generated
// types. Each goes from here when it arrives there; a path and method named here wins until then.

export interface List<T> {
  object: "list";
  data: T[];
}

export type Role = "owner" | "operator" | "viewer";

export interface UserName {
  id: string;
  name: string;
  role: Role;
}

export interface Session {
  object: "session";
  id: string;
  kind: "setup" | "invitation" | "user";
  page_token: string;
  claimed: boolean;
  /** null for kind setup */
  user: UserName | null;
}

export interface OwnSession {
  object: "session";
  id: string;
  kind: "user";
  user: UserName;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
}

export interface SessionRow {
  id: string;
  created_at: string;
  last_seen_at: string;
  current: boolean;
  expires_at?: string;
  user?: UserName;
}

export interface User extends UserName {
  status: "active" | "invited";
  created_at: string;
  last_seen_at: string | null;
  invitation_expires_at: string | null;
}

export interface Invited {
  user: User;
  /** Shown once. */
  invitation: string;
  url: string;
}

export interface Enrollment {
  object: "enrollment";
  state: "not_enrolled";
  mode: "local";
  control_plane: string | null;
  detail: string;
}

export interface Setting {
  name: string;
  type: "boolean" | "integer" | "duration" | "size" | "text" | "choice" | "list" | "section";
  value: unknown;
  default: unknown;
  configured: boolean;
  source: "default" | "config" | "environment" | "flag";
  help: string;
  min: number | null;
  max: number | null;
  choices: string[];
  secret: boolean;
  editable: boolean;
  pending: boolean;
}

export interface Settings extends List<Setting> {
  restart_needed: boolean;
}

export interface Restarting {
  restarting: true;
  drain_ms: number;
}

export interface Backup {
  id: string;
  created_at: string;
  bytes: number;
  node_id: string;
  has_identity: boolean;
}

export interface UpdateCheck {
  object: "update_check";
  current: string;
  configured: boolean;
  checked_at: string | null;
  latest: string | null;
  newer: boolean | null;
  notes_url: string | null;
  error: { code: string; detail: string } | null;
}

export interface RuntimeTest {
  object: "runtime_test";
  reachable: boolean;
  version: string | null;
  models: string[];
  error: { code: string; detail: string } | null;
}

export interface NewRuntime {
  id: string;
  kind: string;
  base_url: string;
  profile?: "lmstudio" | "llama-server";
  api_key?: string;
  max_concurrent?: number;
}

export interface UsageRow {
  account: string;
  account_name: string;
  user: string;
  day: string;
  model: string;
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
}

export interface GroupedUsageRow {
  day: string;
  group: string;
  name: string;
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
}

export interface LoggedRequest {
  id: string;
  request_id: string;
  at: string;
  /** Refusals of one account with one code within a minute are one entry. */
  count?: number;
  last_at?: string;
  operation: string;
  account: string;
  account_name: string;
  user: string;
  model: string;
  runtime_kind: string | null;
  stream: boolean;
  status: number;
  outcome: "ok" | "error" | "cancelled";
  error_code: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  queued_ms: number | null;
  first_token_ms: number | null;
  duration_ms: number;
  finish_reason: string | null;
  receipt_hash: string | null;
  has_content: boolean;
}

export interface LoggedRequests extends List<LoggedRequest> {
  has_more: boolean;
  next_before: string | null;
}

export interface RequestContent {
  object: "request_content";
  id: string;
  request: string;
  answer: string;
  truncated: boolean;
}

export interface RequestLog {
  object: "request_log";
  kept: number;
  max_kept: number;
  content: {
    on: boolean;
    until: string | null;
    kept: number;
    bytes: number;
    max_bytes: number;
  };
}

interface Removed {
  id: string;
  removed: true;
}

/** One operation as openapi-fetch wants it. */
type Op<Result, Body = never, Path = never, Query = never> = {
  parameters: { header?: never; cookie?: never } & ([Query] extends [never]
    ? { query?: never }
    : { query?: Query }) &
    ([Path] extends [never] ? { path?: never } : { path: Path });
  responses: {
    200: { headers: Record<string, unknown>; content: { "application/json": Result } };
  };
} & ([Body] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": Body } } });

export interface PendingPaths {
  "/setup/v1/setup-session": { post: Op<Session, { token: string }> };
  "/setup/v1/login": { post: Op<Session, { name: string; password: string }> };
  "/setup/v1/owner": { post: Op<Session, { name: string; password: string }> };
  "/setup/v1/owner/recovery": { post: Op<Session, { password: string }> };
  "/setup/v1/owner/password": {
    post: Op<Session, { current_password: string; new_password: string }>;
  };
  "/setup/v1/invitation": { post: Op<Session, { password: string }> };
  "/setup/v1/session": { get: Op<OwnSession> };
  "/setup/v1/sessions": { get: Op<List<SessionRow>> };
  "/setup/v1/users": {
    get: Op<List<User>>;
    post: Op<Invited, { name: string; role: "operator" | "viewer" }>;
  };
  "/setup/v1/users/{user}/role": { post: Op<User, { role: Role }, { user: string }> };
  "/setup/v1/users/{user}/invitation": { post: Op<Invited, never, { user: string }> };
  "/setup/v1/users/{user}": { delete: Op<Removed, never, { user: string }> };
  "/setup/v1/support-bundle/parts": { get: Op<List<{ name: string; about: string }>> };
  "/setup/v1/enrollment": { get: Op<Enrollment> };
  "/setup/v1/settings": {
    get: Op<Settings>;
    post: Op<Settings, { changes: Record<string, unknown> }>;
  };
  "/setup/v1/restart": { post: Op<Restarting, Record<string, never>> };
  "/setup/v1/backups": {
    get: Op<List<Backup>>;
    post: Op<Backup, { with_identity: boolean; password?: string }>;
  };
  "/setup/v1/backups/{backup}": { delete: Op<Removed, never, { backup: string }> };
  "/setup/v1/backups/{backup}/restore": {
    post: Op<Restarting, { password: string }, { backup: string }>;
  };
  "/setup/v1/update-check": {
    get: Op<UpdateCheck>;
    post: Op<UpdateCheck, Record<string, never>>;
  };
  "/setup/v1/runtimes/test": {
    post: Op<RuntimeTest, { kind: string; base_url: string; api_key?: string }>;
  };
  "/setup/v1/runtimes": { post: Op<unknown, NewRuntime> };
  "/setup/v1/runtimes/{runtime}": { delete: Op<Removed, never, { runtime: string }> };
  "/setup/v1/model-posture": {
    post: Op<unknown, { model: string; network_eligible: boolean; paid_route_eligible: boolean }>;
  };
  "/setup/v1/live/{call}": {
    delete: Op<{ id: string; stopped: true }, never, { call: string }>;
  };
  "/setup/v1/usage": {
    get: Op<
      List<UsageRow>,
      never,
      never,
      { from?: string; to?: string; by?: "account" | "user" | "model" }
    >;
  };
  "/setup/v1/requests": {
    get: Op<
      LoggedRequests,
      never,
      never,
      {
        limit?: number;
        before?: string;
        outcome?: "ok" | "error" | "cancelled";
        account?: string;
        model?: string;
      }
    >;
  };
  "/setup/v1/requests/{request}/content": {
    get: Op<RequestContent, never, { request: string }>;
  };
  "/setup/v1/request-log": {
    get: Op<RequestLog>;
    post: Op<RequestLog, { content: boolean; for?: string }>;
  };
}
