const BROKEN = ["ECONNRESET", "EPIPE", "ECONNREFUSED"];

/**
 * Lets this process live on when PostgreSQL dies; `fail` is told of every other error that nobody handled. `postgres`
 * 3.4.9 asks for array types on every new connection, and nobody awaits that query when the connection breaks; and what
 * it has still to write, it writes to a socket that is gone.
 */
export function surviveBrokenConnections(fail: (error: unknown) => void): void {
  process.on("unhandledRejection", (error) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!code.startsWith("CONNECTION_") && !BROKEN.includes(code)) fail(error);
  });
  process.on("uncaughtException", (error) => {
    if (!error.stack?.includes("/postgres/src/connection.js")) fail(error);
  });
}
