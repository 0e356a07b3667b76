import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { MappingForm } from "@/components/mapping/mapping-form";
import { suggestMapping } from "@/components/mapping/suggest";
import type { TableColumn } from "@/lib/mapping/schema";
import { hrms, problem, renderInApp, serve } from "./support";

const BASE = `/api/sites/${hrms.id}`;
const none = { mapping: null, removalPolicy: "delete", removalColumn: null } as const;

function column(name: string, type: string, more: Partial<TableColumn> = {}): TableColumn {
  return { name, type, required: false, hasDefault: false, primaryKey: false, values: null, ...more };
}
const employees = [
  column("emp_id", "uuid", { required: true, hasDefault: true, primaryKey: true }),
  column("work_mail", "text", { required: true }),
  column("display_name", "text"),
  column("hr_role", "text", { required: true }),
  column("is_active", "boolean", { required: true, hasDefault: true }),
];

afterEach(() => vi.unstubAllGlobals());

test("a first mapping is what the names of the columns suggest", () => {
  expect(suggestMapping("public", "employees", employees)).toMatchObject({
    mapping: {
      match: "work_mail",
      columns: [
        { column: "work_mail", from: { field: "email" } },
        { column: "display_name", from: { field: "full_name" } },
        { column: "hr_role", from: { field: "role" } },
      ],
    },
    removalPolicy: "deactivate",
    removalColumn: "is_active",
  });
  const documented = [column("id", "text", { primaryKey: true, required: true }), column("email", "text")];
  expect(suggestMapping("public", "people", documented).mapping?.match).toBe("id");
});

test("a table is chosen, its columns are offered, and what the server says of one stands beside it", async () => {
  const tables = { source: "description", tables: ["employees"], columns: null };
  const message = 'hr_role takes a, b, not "user".';
  const calls = serve({
    [`GET ${BASE}/columns?schema=public`]: () => Response.json(tables),
    [`GET ${BASE}/columns?schema=public&table=employees`]: () =>
      Response.json({ ...tables, columns: employees }),
    [`POST ${BASE}/mapping/preview`]: () => Response.json({ problems: [], warnings: [], arrivals: [] }),
    [`PUT ${BASE}/mapping`]: () => problem(422, "no", [{ path: "mapping.columns.2.from", message }]),
  });
  renderInApp(<MappingForm site={hrms} saved={none} readOnly={false} />);
  await userEvent.click(screen.getByRole("radio", { name: "A table of its own" }));
  await userEvent.selectOptions(await screen.findByLabelText("Table at the site"), "employees");
  await userEvent.click(await screen.findByRole("button", { name: "Suggest a mapping" }));
  await userEvent.selectOptions(screen.getByLabelText("What goes into display_name"), "Not written");
  await userEvent.selectOptions(screen.getByLabelText("What goes into display_name"), "E-mail");
  await userEvent.click(screen.getByRole("checkbox", { name: "hr_role: only when the row is made" }));
  await userEvent.click(screen.getByRole("button", { name: "Check and save" }));
  const row = screen.getByRole("listitem", { name: "hr_role" });
  expect(await within(row).findByText(message)).toBeVisible();
  expect(calls.at(-1)?.body).toMatchObject({
    mapping: {
      table: "employees",
      columns: [
        { column: "work_mail" },
        { column: "display_name" },
        { column: "hr_role", onlyOnCreate: true },
      ],
    },
    removalColumn: "is_active",
  });
});
