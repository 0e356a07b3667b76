import type { ChangeManyInput } from "@/lib/users/bulk-schema";
import type { AddLinesInput, CreateImportInput } from "@/lib/users/import-job-schema";
import type { ImportJob, UserJob } from "@/lib/users/job-schema";
import type { UserFacets, UserFilter, UserSort } from "@/lib/users/list-schema";
import type { User } from "@/lib/users/schema";
import type { Nullable, Rpc } from "./rpc";

/** The list. */
export type UserFunctions = {
  user_find: Rpc<
    { query: UserFilter; sort: UserSort; after: [string, string] | null; max_users: number },
    { key: string; user: User }[]
  >;
  user_count: Rpc<{ query: UserFilter; most: number }, number>;
  user_change_many: Rpc<
    {
      ids: string[] | null;
      query: UserFilter;
      change: ChangeManyInput["change"];
      after: string | null;
      max_users: number;
    },
    { matched: number; changed: number; last: string | null }
  >;
  user_job_create: Rpc<
    { ids: string[] | null; query: UserFilter; change: ChangeManyInput["change"]; total: number },
    UserJob
  >;
  user_job_read: Rpc<{ job: string }, UserJob | null>;
  user_job_list: Rpc<{ max_jobs: number }, UserJob[]>;
  user_job_cancel: Rpc<{ job: string }, UserJob | null>;
  user_job_dismiss: Rpc<{ job: string }, UserJob | null>;
  user_import_create: Rpc<Pick<CreateImportInput, "file" | "columns"> & { total: number }, string>;
  user_import_read: Rpc<{ job: string }, Pick<CreateImportInput, "file" | "columns"> | null>;
  user_import_add: Rpc<
    {
      job: string;
      behind: number;
      lines: (AddLinesInput["lines"][number] & ({ given: object } | { reason: string }))[];
    },
    { stored: number } | { problem: "unknown" | "closed" | "elsewhere" }
  >;
  user_import_start: Rpc<{ job: string }, UserJob | { problem: "unknown" | "incomplete" }>;
  user_import_discard: Rpc<{ job: string }, boolean>;
  user_import_refused: Rpc<
    { job: string; after_line: number; max_lines: number },
    { line: number; cells: string[]; reason: string }[]
  >;
  user_import_list: Rpc<{ max_jobs: number }, ImportJob[]>;
  user_import: Rpc<
    { list: object[]; preview: boolean },
    {
      line: number;
      outcome: "created" | "updated" | "unchanged" | "rejected";
      message?: string;
      userId?: string;
    }[]
  >;
  user_facets: Rpc<Record<string, never>, UserFacets>;
  user_create: Rpc<{ fields: Nullable<User> }, User>;
  user_update: Rpc<{ user_id: string; fields: Nullable<User> }, User | null>;
};
