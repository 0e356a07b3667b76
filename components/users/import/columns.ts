import { fieldName } from "@/lib/users/field-names";
import { IMPORT_TARGETS, type ImportTarget, type Mapping } from "@/lib/users/import-columns";

/** How others call the fields, in small letters and digits only. */
const SYNONYMS: Record<ImportTarget, readonly string[]> = {
  id: ["id", "userid", "uid"],
  clerk_user_id: ["clerkuserid", "clerkid"],
  email: ["email", "emailaddress", "mail", "mailaddress", "workemail", "primaryemail"],
  full_name: ["fullname", "name", "displayname"],
  first_name: ["firstname", "givenname", "forename"],
  last_name: ["lastname", "surname", "familyname"],
  role: ["role", "userrole"],
  team: ["team", "teamname", "group"],
  department: ["department", "departmentname", "dept", "division"],
  status: ["status", "userstatus"],
};

export function targetName(target: ImportTarget): string {
  if (target === "first_name") return "First name";
  return target === "last_name" ? "Last name" : fieldName(target);
}

/** Guesses from their names what the columns are. Nothing is guessed twice: the first one has it. */
export function guessMapping(headers: readonly string[]): Mapping {
  const taken = new Set<ImportTarget>();
  return headers.map((header) => {
    const name = header.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
    const target = IMPORT_TARGETS.find(
      (candidate) => SYNONYMS[candidate].includes(name) && !taken.has(candidate),
    );
    if (target) taken.add(target);
    return target ?? null;
  });
}

/** Says what one column is. Another one that was the same is then not imported. */
export function mapColumn(mapping: Mapping, column: number, target: ImportTarget | null): Mapping {
  return mapping.map((other, index) => {
    if (index === column) return target;
    return other === target ? null : other;
  });
}
