type Row = [full_name: string, role: string, team: string, department: string];

const rows: Row[] = [
  ["Amara Okafor", "admin", "Leadership", "Management"],
  ["Jonas Lindqvist", "manager", "People Operations", "Human Resources"],
  ["Mei-Ling Chen", "user", "People Operations", "Human Resources"],
  ["Rafael Duarte", "user", "Recruiting", "Human Resources"],
  ["Sofia Marchetti", "manager", "Editorial", "Marketing"],
  ["Tariq Haddad", "editor", "Editorial", "Marketing"],
  ["Hannah Weiss", "editor", "Social Media", "Marketing"],
  ["Lucía Fernández", "user", "Events", "Marketing"],
  ["Daniel Osei", "manager", "Key Accounts", "Sales"],
  ["Priya Raman", "user", "Key Accounts", "Sales"],
  ["Viktor Novák", "user", "Inside Sales", "Sales"],
  ["Chloé Dubois", "user", "Inside Sales", "Sales"],
  ["Ibrahim Yılmaz", "user", "Field Sales", "Sales"],
  ["Freya Nielsen", "manager", "Workshop", "Garage"],
  ["Tomasz Kowalski", "technician", "Workshop", "Garage"],
  ["Aroha Ngata", "technician", "Workshop", "Garage"],
  ["Kenji Watanabe", "technician", "Diagnostics", "Garage"],
  ["Grace Mwangi", "user", "Parts", "Garage"],
  ["Oliver Bennett", "manager", "Platform", "Engineering"],
  ["Nadia Petrova", "developer", "Platform", "Engineering"],
  ["Samuel Adeyemi", "developer", "Integrations", "Engineering"],
  ["Eun-ji Park", "developer", "Integrations", "Engineering"],
  ["Mateo Álvarez", "user", "Accounting", "Finance"],
  ["Ingrid Solberg", "manager", "Controlling", "Finance"],
];

/** People of an imagined company, as bodies of `POST /api/users`. */
export const sampleUsers = rows.map(([full_name, role, team, department]) => ({
  email: `${address(full_name)}@example.com`,
  full_name,
  role,
  team,
  department,
}));

/** `Lucía Fernández` is `lucia.fernandez`. */
function address(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ı", "i")
    .toLowerCase()
    .replace(/[^a-z]+/g, ".");
}
