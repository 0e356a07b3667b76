/**
 * Filter for rows where one of the columns contains `text` or the id begins with it, whatever its case: the value
 * of PostgREST's `or`. Not anywhere in the id, because random ids contain every short word made of hex digits.
 *
 * It is a regular expression, because PostgREST turns every `*` of a LIKE pattern into a wildcard and has no way
 * to mean the star. Everything but letters and digits is written as its code point, so that no character of the
 * text has a meaning for the pattern or for `or`, where commas, parentheses and quotes have one.
 */
export function searchFilter(text: string, columns: readonly string[], idColumn?: string): string {
  const pattern = literally(text);
  const filters = columns.map((column) => `${column}.imatch.${pattern}`);
  return (idColumn ? [...filters, `${idColumn}.imatch.^${pattern}`] : filters).join(",");
}

/** Filter for rows whose column is `text`, whatever its case; see `searchFilter`. */
export function equalIgnoringCase(column: string, text: string): string {
  return `${column}.imatch.^${literally(text)}$`;
}

// Escapes of PostgreSQL's regular expressions: https://www.postgresql.org/docs/current/functions-matching.html
function literally(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
