/** What is written down, in words, in the order in which it is offered. */
const WORDS = {
  "user.created": "User added",
  "user.updated": "User changed",
} as const;

const words: Record<string, string> = WORDS;

/** An action in words; one that is not known here as the log has it. */
export function actionText(action: string): string {
  return words[action] ?? action;
}

export const actionOptions = Object.entries(words).map(([value, text]) => ({ value, text }));
