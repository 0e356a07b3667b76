/** The calls that scripts need most, ready for a shell. */
export function apiExamples(origin: string): string {
  return `# Add a user
curl -X POST ${origin}/api/users \\
  -H 'Content-Type: application/json' \\
  -d '{"email": "ada@example.com", "full_name": "Ada Lovelace"}'

# Send one user to every site and wait for the outcome
curl -X POST ${origin}/api/sync/user \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "<id>"}'

# Send everybody to every site
curl -X POST ${origin}/api/sync/all-users

# Where does a user stand at each site?
curl '${origin}/api/sync/user?userId=<id>'
`;
}
