// How an answer is made. What is left empty is not sent: the model's own default holds then.

export interface ChatOptions {
  system: string;
  temperature: number | null;
  topP: number | null;
  maxTokens: number | null;
  seed: number | null;
}

export const defaultOptions: ChatOptions = {
  system: "",
  temperature: null,
  topP: null,
  maxTokens: null,
  seed: null,
};

export function requestOptions(options: ChatOptions): Record<string, unknown> {
  const { temperature, topP, maxTokens, seed } = options;
  return {
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(seed !== null && { seed }),
  };
}

/** How many differ from the defaults: told where the options are folded away. */
export function changedOptions(options: ChatOptions): number {
  return Object.values(options).filter((value) => value !== null && value !== "").length;
}

/** The number of an input: null when it is empty or none. */
export function numberOf(value: string | number): number | null {
  if (value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
