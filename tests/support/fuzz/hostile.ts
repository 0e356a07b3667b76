import fc from "fast-check";

/** Texts that have broken something somewhere: databases, filters, templates, paths, encodings, terminals. */
const SPECIMENS = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "x\udfff",
  "\ufeff",
  "\u202e\u2066",
  "e\u0301\u0301\u0301",
  "👩‍👩‍👧‍👦",
  "ﬁ İ ı ß",
  "\r\nset-cookie: a=b",
  "\u2028\u2029\u0085",
  "\x1b[2J",
  "'; drop table user_profiles; --",
  '"',
  "\\",
  "%",
  "_",
  "*",
  "a,b.eq.c)",
  "(((((",
  "id.eq.1,or(email.is.null)",
  "{}",
  "[object Object]",
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "%ff%fe",
  "{{7*7}}",
  "<script>alert(1)</script>",
  "null",
  "undefined",
  "NaN",
  "Infinity",
  "1e999",
  "-1",
  "0x10",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999+23:59",
  "2026-02-30T00:00:00Z",
  "infinity",
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
] as const;

/** Any text, mostly a nasty one; now and then a very long one. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SPECIMENS) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map((length) => "Ä".repeat(length)) },
);

function nested(open: string, close: string) {
  return fc.integer({ min: 1, max: 50_000 }).map((depth) => open.repeat(depth) + close.repeat(depth));
}

/** Any JSON, and some that is none. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "null",
      "true",
      "false",
      "0",
      "-0",
      "1.5",
      "-1",
      "1e400",
      "1e-400",
      "99999999999999999999",
      "[]",
      "{}",
      '[""]',
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
      '{"toString":1,"valueOf":1,"length":-1}',
      "NaN",
      "0x1",
      "'a'",
      "[1,]",
      '"\t"',
      '"\\ud800"',
    ),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      nested("[", "]"),
      nested('{"a":', "}").map((text) => text.replace("{}", "{")),
    ),
  },
);

/** Names of fields that nobody has, some of which every object has. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "toJSON",
    "",
  ),
  hostileText,
);

/** Headers that say something else than "JSON in UTF-8". */
export const oddContent: fc.Arbitrary<[string, string][]> = fc.constantFrom<[string, string][]>(
  [],
  [["content-type", ""]],
  [["content-type", "text/json"]],
  [["content-type", "application/json, text/plain"]],
  [["content-type", "application/json; charset=utf-16"]],
  [["content-type", "APPLICATION/JSON ; a=b"]],
  [["content-type", "application/x-www-form-urlencoded"]],
  [["content-type", "multipart/form-data; boundary=x"]],
  [
    ["content-type", "application/json"],
    ["content-encoding", "gzip"],
  ],
  [
    ["content-type", "application/json"],
    ["content-length", "99999999999"],
  ],
  [
    ["content-type", "application/json"],
    ["content-length", "-1"],
  ],
  [
    ["content-type", "application/json"],
    ["x-http-method-override", "DELETE"],
  ],
);

/** Damages bytes: cut off, with bytes that no UTF-8 has, in UTF-16, with a mark in front, twice. */
export function damaged(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const places = fc.nat({ max: 10_000 });
  const wrong = fc.constantFrom(0x00, 0x80, 0xc0, 0xe2, 0xed, 0xf5, 0xff);
  return fc
    .tuple(bytes, places, wrong, fc.constantFrom("cut", "byte", "utf16", "mark", "twice"))
    .map(([whole, place, byte, how]) => {
      const at = whole.length === 0 ? 0 : place % whole.length;
      switch (how) {
        case "cut":
          return whole.subarray(0, at);
        case "byte":
          return Buffer.concat([whole.subarray(0, at), Buffer.from([byte]), whole.subarray(at)]);
        case "utf16":
          return Buffer.from(whole.toString(), "utf16le");
        case "mark":
          return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), whole]);
        default:
          return Buffer.concat([whole, whole]);
      }
    });
}
