import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { cellProps } from "@/components/ui/use-grid-focus";
import { VirtualGrid } from "@/components/ui/virtual-grid";

/** Rows of one link each, or of what stands there until they have come. */
function grid(come: boolean) {
  return (
    <>
      <button type="button">Elsewhere</button>
      <VirtualGrid
        label="Names"
        rows={3}
        more={false}
        columns={1}
        fixedColumns={1}
        rowHeight={40}
        columnWidth={100}
        rowKey={(row) => (come ? `user ${row}` : undefined)}
        corner={null}
        head={() => null}
        onWindow={() => undefined}
      >
        {(row, _window, focused) => {
          const control = cellProps(row, 0, focused === 0);
          return come ? (
            <a href="/" {...control}>{`user ${row}`}</a>
          ) : (
            <span {...control}>{`awaited ${row}`}</span>
          );
        }}
      </VirtualGrid>
    </>
  );
}

test("the focus stays in a row that was on its way when the row has come", () => {
  const { rerender } = render(grid(false));
  screen.getByText("awaited 1").focus();
  rerender(grid(true));
  expect(screen.getByText("user 1")).toHaveFocus();
});

test("a row that comes does not take the focus from where it went meanwhile", () => {
  const { rerender } = render(grid(false));
  screen.getByText("awaited 1").focus();
  screen.getByText("awaited 1").blur();
  rerender(grid(true));
  expect(document.body).toHaveFocus();
  screen.getByText("Elsewhere").focus();
  rerender(grid(false));
  expect(screen.getByText("Elsewhere")).toHaveFocus();
});
