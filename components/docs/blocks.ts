/** A part of a page of documentation. */
export type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "code"; language: string; text: string }
  | { kind: "table"; head: string[]; rows: string[][] }
  | { kind: "list"; items: string[] }
  | { kind: "paragraph"; text: string };

const FENCE = /^```(\w*)$/;
const HEADING = /^(#+) (.*)$/;
const ITEM = /^\d+\. (.*)$/;

/** Reads the Markdown that the project's own documentation uses, and no more than that. */
export function readBlocks(markdown: string): Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  while (lines.length > 0) {
    const line = lines.shift() ?? "";
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (fence) blocks.push({ kind: "code", language: fence[1] ?? "", text: takeCode(lines) });
    else if (heading)
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
    else if (line.trim() !== "") blocks.push(readText([line, ...takeUntilEmpty(lines)]));
  }
  return blocks;
}

function takeCode(lines: string[]): string {
  const code: string[] = [];
  for (let line = lines.shift(); line !== undefined && !FENCE.test(line); line = lines.shift())
    code.push(line);
  return code.join("\n");
}

function takeUntilEmpty(lines: string[]): string[] {
  const end = lines.findIndex((line) => line.trim() === "" || FENCE.test(line));
  return lines.splice(0, end === -1 ? lines.length : end);
}

function readText(lines: string[]): Block {
  const [first = "", , ...rows] = lines;
  if (first.startsWith("|")) return { kind: "table", head: cells(first), rows: rows.map(cells) };
  if (!ITEM.test(first)) return { kind: "paragraph", text: lines.join(" ") };
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return { kind: "list", items };
}

function cells(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
