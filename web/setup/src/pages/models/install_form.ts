// The form for a model from anywhere but the catalogue, and the job that it asks for.
import type { JobRequest } from "./use_model_acts";

export type Source = "url" | "path" | "pull";

export interface InstallForm {
  source: Source;
  url: string;
  path: string;
  /** The id of an Ollama runtime, and the model's name there. */
  runtime: string;
  pullName: string;
  name: string;
  sha256: string;
  /** MiB a second; null: as fast as it comes. */
  rate: number | null;
}

export const emptyForm: InstallForm = {
  source: "url",
  url: "",
  path: "",
  runtime: "",
  pullName: "",
  name: "",
  sha256: "",
  rate: null,
};

const kMiB = 1024 * 1024;

/** What is wrong with the form; "" when nothing is. */
export function faultOf(form: InstallForm): string {
  if (form.source === "pull") return form.pullName.trim() ? "" : "Name the model, as Ollama does.";
  if (form.source === "url" && !/^https?:\/\/\S+$/.test(form.url.trim()))
    return "Give an address that begins with https:// or http://.";
  if (form.source === "path" && !form.path.trim().startsWith("/"))
    return "Give the whole path, beginning with /.";
  if (form.sha256.trim() && !/^[0-9a-fA-F]{64}$/.test(form.sha256.trim()))
    return "A SHA-256 has 64 characters of 0-9 and a-f.";
  if (form.name.trim() && !/^[\w.:/@-]{1,128}$/.test(form.name.trim()))
    return "A name has up to 128 letters, digits and . _ : / @ -";
  return "";
}

export function jobOf(form: InstallForm): JobRequest {
  if (form.source === "pull")
    return { kind: "pull", runtime: form.runtime, name: form.pullName.trim() };
  return {
    kind: "install",
    ...(form.source === "url" ? { url: form.url.trim() } : { path: form.path.trim() }),
    ...(form.name.trim() && { name: form.name.trim() }),
    ...(form.sha256.trim() && { sha256: form.sha256.trim().toLowerCase() }),
    ...(form.rate !== null &&
      form.source === "url" && { bytes_per_second: Math.max(1, Math.round(form.rate * kMiB)) }),
  };
}
