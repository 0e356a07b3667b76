/** The calls that scripts need most, ready for a shell that has a key in ROSTER_API_KEY. */
export function apiExamples(origin: string): string {
  const key = '-H "Authorization: Bearer $ROSTER_API_KEY"';
  return `# Add a user
curl -X POST ${origin}/api/users \\
  ${key} \\
  -H 'Content-Type: application/json' \\
  -d '{"email": "ada@example.com", "full_name": "Ada Lovelace"}'

# Send one user to every site and wait for the outcome
curl -X POST ${origin}/api/sync/user \\
  ${key} \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "<id>"}'

# Send everybody to every site
curl -X POST ${origin}/api/sync/all-users \\
  ${key}

# Where does a user stand at each site?
curl '${origin}/api/sync/user?userId=<id>' \\
  ${key}
`;
}
