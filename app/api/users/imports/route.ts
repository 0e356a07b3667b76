import { otherMethods, route } from "@/lib/http/route";
import { createImportInput, importCreated, importJobs } from "@/lib/users/import-job-schema";
import { createImport, listImports } from "@/lib/users/import-jobs";

export const GET = route(
  {
    id: "listImports",
    summary: "Lists imports that are under way, or ended within a week.",
    access: "users:read",
    answers: { 200: importJobs },
  },
  listImports,
);

export const POST = route(
  {
    id: "createImport",
    summary: "Begins an import that goes on by itself.",
    description:
      "Send its lines next, in pages, and start it when all have arrived. Nothing is changed before; an import that gets no lines for an hour is forgotten.",
    access: "users:write",
    body: createImportInput,
    example: {
      file: "people.csv",
      columns: [
        { name: "Mail", field: "email" },
        { name: "Group", field: "team" },
        { name: "Salary", field: null },
      ],
      lines: 12_345,
    },
    answers: { 201: importCreated },
  },
  createImport,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
