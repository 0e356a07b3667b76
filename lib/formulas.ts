/**
 * What a spreadsheet takes for a formula, also with signs of full width, and what had quotes put before it:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Text for a cell of a file that people open in a spreadsheet: a quote goes before what would be a formula. */
export function quoteFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that `quoteFormula` was given. */
export function unquoteFormula(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
