/** What separates the cells of a file: whichever of comma, semicolon and tab is most in its first line. */
export function delimiterOf(text: string): string {
  const head = text.slice(0, text.search(/\r|\n|$/)).replaceAll(/"[^"]*"/g, "");
  const count = (delimiter: string) => head.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
