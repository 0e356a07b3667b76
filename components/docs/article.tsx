import { CodeBlock } from "@/components/ui/code-block";
import { ScrollRegion } from "@/components/ui/scroll-region";
import { type Block, readBlocks } from "./blocks";
import { Inline } from "./inline";

/** A page of documentation, from its Markdown; its first heading is the page's. */
export function Article({ markdown }: { markdown: string }) {
  return (
    <article className="max-w-3xl space-y-4">
      {readBlocks(markdown).map((block, index) => {
        const key = index;
        return <Part key={key} block={block} />;
      })}
    </article>
  );
}

function Part({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return block.level === 1 ? (
        <h1 className="font-semibold text-xl tracking-tight">{block.text}</h1>
      ) : (
        <h2 id={anchorOf(block.text)} className="scroll-mt-4 pt-3 font-semibold text-lg">
          {block.text}
        </h2>
      );
    case "code":
      return <CodeBlock label={block.language} code={block.text} copy="Copy" />;
    case "list":
      return (
        <ol className="list-decimal space-y-1 pl-5 text-soft">
          {block.items.map((item) => (
            <li key={item}>
              <Inline>{item}</Inline>
            </li>
          ))}
        </ol>
      );
    case "table":
      return <Table {...block} />;
    case "paragraph":
      return (
        <p className="text-soft">
          <Inline>{block.text}</Inline>
        </p>
      );
  }
}

function Table({ head, rows }: Extract<Block, { kind: "table" }>) {
  return (
    <ScrollRegion label={head.join(" ").trim()} className="overflow-x-auto rounded-lg border bg-surface">
      <table className="w-full text-left">
        <tbody className="divide-y">
          {rows.map((row) => (
            <tr key={row[0]} className="align-top">
              {row.map((cell, column) => (
                <td key={head[column]} className="min-w-32 px-3 py-2 text-soft">
                  <Inline>{cell}</Inline>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(" ", "-");
}
