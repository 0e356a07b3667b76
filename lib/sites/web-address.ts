import { z } from "zod";

/** A web address as people enter it; `what` it is, for their errors. */
export function webAddress(what: string) {
  return z
    .string({ error: `Enter ${what}.` })
    .trim()
    .max(2000, "Use at most 2,000 characters.")
    .pipe(z.url({ protocol: /^https?$/, abort: true, error: `Enter ${what}, starting with https://.` }))
    .superRefine((url, check) => {
      const wrong = wrongWithAddress(url);
      if (wrong) check.addIssue(wrong);
    })
    .meta({ format: "uri" });
}

const THIS_MACHINE = /^(([^.]+\.)*localhost\.?|127(\.\d+){3}|\[::1\])$/;

/** What no site's URL has; the server also looks at literal addresses, and at what a name leads to. */
function wrongWithAddress(text: string): string | null {
  const { username, password, protocol, hostname } = new URL(text);
  if (username !== "" || password !== "") return "Remove the user name and password from the URL.";
  if (text.includes("#")) return "Remove the part of the URL that begins with #.";
  if (protocol === "https:" || THIS_MACHINE.test(hostname)) return null;
  return "Start with https://; http:// is for sites on this machine.";
}

/** The same without slashes at its end. */
export function httpUrl(what: string) {
  return webAddress(what).transform((url) => url.replace(/\/+$/, ""));
}
