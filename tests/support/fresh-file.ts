import { vi } from "vitest";

// Files follow each other in one process, which saves starting it and loading what is in node_modules. Of the file
// before, nothing is left: no module, setting, stub or clock.
vi.resetModules();
vi.unstubAllEnvs();
vi.unstubAllGlobals();
vi.restoreAllMocks();
vi.useRealTimers();
