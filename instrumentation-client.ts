import { config } from "zod";

// Runs before everything else in the browser. zod would compile its schemas with `new Function`, which a page's content
// policy does not let it do, and would be reported for the attempt.
config({ jitless: true });
