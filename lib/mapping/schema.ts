import { z } from "zod";
import { mapping, schemaName } from "@/lib/sync/core/mapping";

const removal = {
  removalPolicy: z
    .enum(["delete", "deactivate", "keep"])
    .describe("What a site does with the row of a user who leaves."),
  removalColumn: z
    .string()
    .trim()
    .min(1)
    .max(63)
    .nullable()
    .describe("Boolean column that `deactivate` writes; null for the other policies."),
};

/** Body of `PUT /api/sites/:id/mapping` and of its preview. */
export const mappingInput = z
  .strictObject({
    mapping: mapping.nullable().describe("Null for the documented table."),
    removalPolicy: removal.removalPolicy.default("delete"),
    removalColumn: removal.removalColumn.default(null),
  })
  .superRefine(({ mapping: given, removalPolicy, removalColumn }, check) => {
    if (!given) return;
    const path = ["removalColumn"];
    if (removalPolicy === "deactivate" && removalColumn === null) {
      check.addIssue({
        code: "custom",
        path,
        message: "Choose the column that says whether a row is active.",
      });
    }
    if (removalPolicy !== "deactivate" && removalColumn !== null) {
      check.addIssue({ code: "custom", path, message: "Only deactivating writes a column." });
    }
    if (given.columns.some(({ column }) => column === removalColumn)) {
      check.addIssue({
        code: "custom",
        path,
        message: `${removalColumn} is written by the mapping already; choose one or the other.`,
      });
    }
  });
export type MappingInput = z.output<typeof mappingInput>;

/** How a site's users are written there now. */
export const siteMapping = z
  .object({ mapping: mapping.nullable(), ...removal })
  .meta({ id: "SiteMapping", description: "How users are written at a site; null: the documented table." });
export type SiteMapping = z.infer<typeof siteMapping>;

/** Answer of `PUT /api/sites/:id/mapping`. */
export const mappingSaved = siteMapping.extend({
  runId: z.uuid().nullable().describe("The full sync that it started; null when nothing had to be sent."),
});
export type MappingSaved = z.infer<typeof mappingSaved>;

/** Something that is not right with a mapping; `path` as in the errors of a request. */
const mappingProblem = z.object({ path: z.string(), message: z.string() });
export type MappingProblem = z.infer<typeof mappingProblem>;

/** A user as it would arrive. */
const arrival = z.object({
  userId: z.string(),
  email: z.string(),
  row: z.record(z.string(), z.unknown()),
  problems: z.array(z.object({ column: z.string(), message: z.string() })),
});
export type Arrival = z.infer<typeof arrival>;

/** Answer of `POST /api/sites/:id/mapping/preview`. */
export const mappingPreview = z.object({
  problems: z.array(mappingProblem).describe("What has to be put right before this can be saved."),
  warnings: z.array(mappingProblem),
  arrivals: z.array(arrival).describe("Up to ten users of the site as they would arrive."),
});
export type MappingPreview = z.infer<typeof mappingPreview>;

/** Query of `GET /api/sites/:id/columns`. */
export const columnsQuery = z.strictObject({
  schema: schemaName,
  table: z.string().trim().min(1).max(63).optional(),
});
export type ColumnsQuery = z.output<typeof columnsQuery>;

const tableColumn = z.object({
  name: z.string(),
  type: z.string().describe("PostgreSQL's name of the type; empty when it is not known."),
  required: z.boolean().nullable().describe("Whether it must not be null; null when that is not known."),
  hasDefault: z.boolean().nullable(),
  primaryKey: z.boolean(),
  values: z.array(z.string()).nullable().describe("Of an enum: what it may be."),
});
export type TableColumn = z.infer<typeof tableColumn>;

/** Answer of `GET /api/sites/:id/columns`. */
export const siteColumns = z
  .object({
    source: z
      .enum(["description", "row", "none"])
      .describe(
        "`description`: the API describes its tables. `row`: it does not, and the columns are those of a row that is there. `none`: the table is empty, so nothing is known of it.",
      ),
    tables: z.array(z.string()).describe("The tables of the schema, as far as they are known."),
    columns: z
      .array(tableColumn)
      .nullable()
      .describe("Of the table that was asked for; null when there is none."),
  })
  .meta({ id: "SiteColumns", description: "Tables and columns of a site, as its API shows them." });
export type SiteColumns = z.infer<typeof siteColumns>;
