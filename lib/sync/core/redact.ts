/** Takes secrets out of a text that somebody else wrote, before it is stored, shown or logged. */
export type Redact = (text: string) => string;

/**
 * How many characters in a row count as a part of a secret. Fewer would blot out ordinary words that happen to occur
 * in a key; more would let through what a site repeats in pieces.
 */
const PART_LENGTH = 12;

const HIDDEN = "[redacted]";

/**
 * What is a secret by its looks, whoever's it is. A site may send megabytes that were made for these patterns: none may
 * begin anew at every character of what it has just looked through.
 */
const SHAPES: readonly RegExp[] = [
  /\bsb_secret_[\w-]{8,}/g,
  /\bsbp_\w{16,}/g,
  /\broster_[A-Za-z0-9]{20,}/g,
  /\bwhsec_[\w+/-]{16,}={0,2}/g,
  /(?<![\w-])(?:[\w-]{0,64}-)?ey[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g, // a JWT
  /(?<=\bBearer\s{1,8})[\w.~+/-]{16,}=*/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, // the password in a URL
];

/**
 * Makes a redactor that knows `secrets`: it hides them whole and in parts of 12 characters and more, in the spellings
 * in which programs repeat what they were sent, and whatever else looks like a secret. Shorter secrets are not looked for.
 */
export function redactor(secrets: readonly string[]): Redact {
  let parts: ReadonlySet<string> | undefined; // made when there is something to say, which is rare
  return (text) => {
    parts ??= partsOf(secrets);
    return SHAPES.reduce((rest, shape) => rest.replace(shape, HIDDEN), hideParts(text, parts));
  };
}

function partsOf(secrets: readonly string[]): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const spelling of secrets.flatMap(spellings)) {
    for (let end = PART_LENGTH; end <= spelling.length; end++) {
      parts.add(spelling.slice(end - PART_LENGTH, end));
    }
  }
  return parts;
}

function hideParts(text: string, parts: ReadonlySet<string>): string {
  let result = "";
  let hiddenTo = 0; // of the text, what is before has been dealt with
  for (let start = 0; start + PART_LENGTH <= text.length; start++) {
    if (!parts.has(text.slice(start, start + PART_LENGTH))) continue;
    if (start > hiddenTo || result === "") result += text.slice(hiddenTo, start) + HIDDEN;
    hiddenTo = start + PART_LENGTH;
  }
  return result + text.slice(hiddenTo);
}

/** A secret as it is, escaped for JSON, URLs and forms, and as the bytes that it stands for. */
function spellings(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const uri = encodeURIComponent(secret);
  const texts = [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    uri,
    uri.replace(/%../g, (code) => code.toLowerCase()),
  ];
  const [, encoded] = /^whsec_(.+)$/.exec(secret) ?? [];
  const bytes = [Buffer.from(secret), ...(encoded ? [Buffer.from(encoded, "base64")] : [])];
  return [...new Set([...texts, ...bytes.flatMap(encodings)])];
}

function encodings(bytes: Buffer): string[] {
  const hex = bytes.toString("hex");
  // Within a longer text base64 begins at any of three offsets; the characters at the edges depend on the neighbours.
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  const urlSafe = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [hex, hex.toUpperCase(), ...base64, ...urlSafe];
}
