import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { IconButton } from "@/components/ui/icon-button";
import { Tooltips } from "@/components/ui/tooltips";

test("one tooltip serves every icon that is pointed at, and goes when something is pressed or scrolled", async () => {
  render(
    <>
      <IconButton label="Edit Ada">E</IconButton>
      <IconButton label="Sync Ada">S</IconButton>
      <Tooltips />
    </>,
  );
  await userEvent.hover(screen.getByRole("button", { name: "Edit Ada" }));
  expect(await screen.findByRole("tooltip")).toHaveTextContent("Edit Ada");
  await userEvent.hover(screen.getByRole("button", { name: "Sync Ada" }));
  expect(await screen.findByText("Sync Ada", { selector: "[role=tooltip]" })).toBeInTheDocument();
  expect(screen.getAllByRole("tooltip")).toHaveLength(1);
  fireEvent.scroll(document);
  expect(screen.queryByRole("tooltip")).not.toBeInTheDocument();
});
