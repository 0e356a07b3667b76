import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { POST as invite } from "@/app/api/invitations/route";
import { sendMail } from "@/lib/mail";
import type { Invited } from "@/lib/members/schema";
import { callJson, withCentre } from "@/tests/app/api/call";
import { memberSession } from "@/tests/app/api/people";

const centre = withCentre();
const received: string[] = [];
let server: Server;

/** As much of SMTP as takes a mail: https://www.rfc-editor.org/rfc/rfc5321 */
function converse(socket: Socket) {
  let data = "";
  let inMail = false;
  socket.write("220 test\r\n");
  socket.on("data", (chunk) => {
    data += chunk;
    for (;;) {
      const end = data.indexOf(inMail ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const text = data.slice(0, end);
      data = data.slice(end + (inMail ? 5 : 2));
      received.push(text);
      if (inMail) socket.write("250 taken\r\n");
      else if (text === "DATA") socket.write("354 go on\r\n");
      else if (text.startsWith("RCPT TO:<refused")) socket.write("550 no such person\r\n");
      else socket.write("250 ok\r\n");
      inMail = text === "DATA" && !inMail;
    }
  });
}

beforeAll(async () => {
  server = createServer(converse).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  vi.stubEnv("SMTP_URL", `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("SMTP_FROM", "Roster <roster@example.com>");
});
afterAll(() => server.close());

async function inviteByMail(email: string) {
  received.length = 0;
  const as = await memberSession(centre(), "owner");
  return await callJson<Invited>(invite, { as, method: "POST", body: { email, role: "viewer" } });
}

test("an invitation is mailed to the address, with the link and what it is for", async () => {
  const { link, mailed } = await inviteByMail("bob@example.com");
  expect(mailed).toBe(true);
  expect(received.filter((line) => line.startsWith("RCPT"))).toEqual(["RCPT TO:<bob@example.com>"]);
  const mail = received
    .find((text) => text.includes("Subject:"))
    ?.replaceAll("=\r\n", "")
    .replaceAll("=3D", "=");
  expect(mail).toContain("From: Roster <roster@example.com>");
  expect(mail).toContain(link);
  expect(mail).toContain("as viewer");
});

test("a mail that is refused leaves the link to be passed on by hand", async () => {
  expect(await inviteByMail("refused@example.com")).toMatchObject({
    mailed: false,
    link: expect.stringContaining("token="),
  });
});

test("an address cannot bring a second one along, nor a subject another header", async () => {
  received.length = 0;
  const mail = {
    to: 'x"@example.com, eve@evil.example',
    subject: "Hello\r\nBcc: eve@evil.example",
    text: ".",
  };
  await sendMail(mail, pino({ level: "silent" }));
  expect(received.filter((line) => line.startsWith("RCPT") && line.includes("<eve@"))).toEqual([]);
  expect(received.filter((text) => /^Bcc:/im.test(text))).toEqual([]);
});
