import { createTransport } from "nodemailer";
import type { Logger } from "pino";
import { env } from "@/lib/env";

/** What is sent; plain text. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** A person waits for the answer: a mail server that takes longer than this is out of order. */
const TIMEOUT_MS = 10_000;

/**
 * Sends a mail by SMTP. False, with a line in the log, when that fails, and without one when mail is not set up: what is
 * mailed can be had in another way.
 */
export async function sendMail(mail: Mail, log: Logger): Promise<boolean> {
  const { smtp } = env();
  if (!smtp) return false;
  const transport = createTransport({
    url: smtp.url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A mail is made of text that people typed: it must not fetch files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    // As an object, an address cannot smuggle in a second one.
    await transport.sendMail({ ...mail, from: smtp.from, to: { name: "", address: mail.to } });
    return true;
  } catch (error) {
    // The error's other fields quote the addresses and what the server said.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    log.warn({ code }, "a mail could not be sent");
    return false;
  } finally {
    transport.close();
  }
}
