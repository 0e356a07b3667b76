import {
  combineChunks,
  createServerClient,
  parseCookieHeader,
  serializeCookieHeader,
  stringFromBase64URL,
} from "@supabase/ssr";
import type { AuthError, SupabaseClient } from "@supabase/supabase-js";
import { z } from "zod";
import { type CookieSigner, cookieSigner } from "@/lib/access/signed-cookie";
import { type Account, refuseUnlessInvalid, renewTokens, verifyToken } from "@/lib/access/tokens";
import { fetchInTime } from "@/lib/centre";
import type { SealingKey } from "@/lib/secrets/sealer";

/** A browser that was away for longer signs in again; every use renews it (OWASP ASVS 5.0, 7.3.1). */
const INACTIVE_SECONDS = 7 * 24 * 3600;
/** A token this near its end is renewed before it is used: as supabase-js does, so that it does so when asked. */
const RENEW_MS = 90_000;

/** Where sessions come from and where they are valid. */
export interface SessionSettings {
  supabaseUrl: string;
  supabaseSecretKey: string;
  /** With https, cookies are `Secure` and bound to this host. */
  publicUrl: string | undefined;
  /** Sign the cookies. */
  sealingKeys: readonly SealingKey[];
}

const stored = z.object({ access_token: z.string(), refresh_token: z.string(), expires_at: z.number() });

/** What came of trying to sign in or sign up. `error` is Auth's own and is not for showing. */
export type SignedIn = { account: Account } | { account: null; error: AuthError | null; taken?: boolean };

/**
 * The browser's session with Supabase Auth, in HttpOnly cookies. The browser itself never talks to Auth. One object
 * serves one request; what it writes into `cookies` goes into the answer.
 */
export class BrowserSession {
  /** Set-Cookie headers for the answer, by the cookie's name. */
  readonly #cookies: Map<string, string>;
  readonly #settings: SessionSettings;
  readonly #secure: boolean;
  readonly #cookieName: string;
  readonly #signer: CookieSigner;
  readonly #names: readonly string[];
  /** Of the cookies that came, those that we wrote. */
  readonly #incoming: readonly { name: string; value: string }[];
  readonly #headers: Record<string, string>;
  #made: SupabaseClient | undefined;

  constructor(
    settings: SessionSettings,
    headers: Headers,
    { address, cookies = new Map() }: { address: string | null; cookies?: Map<string, string> },
  ) {
    this.#cookies = cookies;
    this.#settings = settings;
    this.#secure = settings.publicUrl?.startsWith("https:") ?? false;
    // The prefix has the browser refuse the cookie from another host, or without https (RFC 6265bis, 4.1.3).
    this.#cookieName = this.#secure ? "__Host-roster" : "roster";
    // Else all people would share this server's limits at Auth: https://supabase.com/docs/guides/auth/rate-limits
    this.#headers = address === null ? {} : { "sb-forwarded-for": address };
    // A request with a key is a request with a key: whatever cookies it carries do not count.
    const header = headers.has("authorization") ? "" : (headers.get("cookie") ?? "");
    this.#signer = cookieSigner(settings.sealingKeys);
    const came = parseCookieHeader(header);
    this.#names = came.map(({ name }) => name);
    this.#incoming = came.flatMap(({ name, value: signed }) => {
      const value = this.#signer.verify(name, signed ?? "");
      return value === null ? [] : [{ name, value }];
    });
  }

  /** Whether the request carries a session, valid or not. */
  get isPresent(): boolean {
    return this.#names.some((name) => this.#isOurs(name));
  }

  /** The account that is signed in, after renewing its token if need be; null when nobody is. */
  async account(): Promise<Account | null> {
    const current = await this.#read();
    if (!current) return null;
    if (!needsRenewal(current)) return await verifyToken(current.access_token, this.#client);
    const tokens = await renewTokens(this.#settings, this.#headers, current.refresh_token);
    if (!tokens) return null;
    const { data, error } = await this.#client.auth.setSession(tokens);
    return (await this.#outcome(data.session?.access_token, error)).account;
  }

  /**
   * As `account`, but without renewing, for pages, whose answers cannot set cookies: a renewed token that is not
   * kept would end the session. `renew` says that there is one to renew.
   */
  async accountAsItIs(): Promise<Account | null | "renew"> {
    const current = await this.#read();
    if (!current) return null;
    return needsRenewal(current) ? "renew" : await verifyToken(current.access_token, this.#client);
  }

  /** The same session for somebody who can renew nothing: a token near its end counts as it is. */
  withoutRenewal(): Pick<BrowserSession, "isPresent" | "account" | "withoutRenewal"> {
    const current = this.#read();
    const frozen = {
      isPresent: this.isPresent,
      account: async () => {
        const session = await current;
        return session && (await verifyToken(session.access_token, this.#client));
      },
      withoutRenewal: () => frozen,
    };
    return frozen;
  }

  async signIn(credentials: { email: string; password: string }): Promise<SignedIn> {
    const { data, error } = await this.#client.auth.signInWithPassword(credentials);
    return await this.#outcome(data.session?.access_token, error);
  }

  /**
   * Makes an account. Without account and error, Auth first wants the e-mail address to be confirmed; or, `taken`, it
   * hides that there is such an account, which shows in a user without identity.
   */
  async signUp(credentials: { email: string; password: string }): Promise<SignedIn> {
    const { data, error } = await this.#client.auth.signUp(credentials);
    const outcome = await this.#outcome(data.session?.access_token, error);
    return outcome.account ? outcome : { ...outcome, taken: data.user?.identities?.length === 0 };
  }

  /** The provider's page to send the browser to; null when it cannot be had. */
  async startProvider(provider: string, redirectTo: string): Promise<string | null> {
    const options = { redirectTo, skipBrowserRedirect: true };
    // Providers are whatever the project has switched on; the library's list of names only helps at typing.
    const { data } = await this.#client.auth.signInWithOAuth({ provider: provider as "google", options });
    return data.url;
  }

  /** Ends what `startProvider` began. */
  async finishProvider(code: string, flowId: string | undefined): Promise<SignedIn> {
    const options = flowId === undefined ? undefined : { flowId };
    const { data, error } = await this.#client.auth.exchangeCodeForSession(code, options);
    return await this.#outcome(data.session?.access_token, error);
  }

  /** Ends the session with Auth, or all of the account's, and takes the cookies back. Answers Auth's error, if any. */
  async signOut({ everywhere }: { everywhere: boolean }): Promise<AuthError | null> {
    const { error } = await this.#client.auth.signOut({ scope: everywhere ? "global" : "local" });
    this.forget();
    return error;
  }

  /** Takes the cookies back, whatever Auth says. */
  forget(): void {
    const ours = [...this.#names, ...this.#cookies.keys()];
    for (const name of ours.filter((one) => this.#isOurs(one))) {
      this.setCookie(name, "", 0);
    }
  }

  /** Sets a cookie that only the server reads, and believes only as it is. */
  setCookie(name: string, value: string, maxAge: number): void {
    const options = { path: "/", httpOnly: true, sameSite: "lax" as const, secure: this.#secure, maxAge };
    const signed = value === "" ? "" : this.#signer.sign(name, value);
    this.#cookies.set(name, serializeCookieHeader(name, signed, options));
  }

  readCookie(name: string): string | undefined {
    return this.#incoming.find((cookie) => cookie.name === name)?.value;
  }

  get #client(): SupabaseClient {
    this.#made ??= createServerClient(this.#settings.supabaseUrl, this.#settings.supabaseSecretKey, {
      cookieOptions: { name: this.#cookieName },
      cookies: {
        encode: "tokens-only",
        getAll: () => [...this.#incoming],
        setAll: (cookies) => {
          for (const { name, value, options } of cookies) {
            this.setCookie(name, value, options.maxAge === 0 ? 0 : INACTIVE_SECONDS);
          }
        },
      },
      global: { fetch: fetchInTime, headers: this.#headers },
    });
    return this.#made;
  }

  async #outcome(token: string | undefined, error: AuthError | null): Promise<SignedIn> {
    if (error) refuseUnlessInvalid(error);
    const account = token === undefined ? null : await verifyToken(token, this.#client);
    return account ? { account } : { account: null, error };
  }

  async #read(): Promise<z.infer<typeof stored> | null> {
    const text = await combineChunks(this.#cookieName, (name) => this.readCookie(name));
    if (!text?.startsWith("base64-")) return null;
    try {
      return stored.safeParse(JSON.parse(stringFromBase64URL(text.slice("base64-".length)))).data ?? null;
    } catch {
      return null; // not written by us
    }
  }

  #isOurs(name: string): boolean {
    // The session, in parts when it is long, and what a sign-in through a provider keeps beside it.
    return name === this.#cookieName || [".", "-"].some((mark) => name.startsWith(this.#cookieName + mark));
  }
}

function needsRenewal({ expires_at }: z.infer<typeof stored>): boolean {
  return expires_at * 1000 - Date.now() < RENEW_MS;
}
