// Runs before everything else in the browser. zod would compile its schemas with `new Function`, which a page's content
// policy does not let it do, and would be reported for the attempt. Its configuration is on `globalThis`, for every copy
// of it to share; set there and not by its `config`, it costs pages without forms nothing.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
