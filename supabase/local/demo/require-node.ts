// Imported before everything else, so that an old Node ends with this sentence and not with a riddle.
// The oldest that supabase-js, undici, Next and the embedded stack all run on.
const oldest = [22, 19] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `This is Node ${process.versions.node}; Roster needs ${oldest.join(".")} or newer. ` +
      "Install one from https://nodejs.org and run `npm run demo` again " +
      "(on Linux `npm install` brings a Node of its own: do not leave out optional dependencies).",
  );
  process.exit(1);
}
