import fc from "fast-check";
import type { ApiContent, ApiOperation, ApiParameter, JsonSchema } from "@/lib/openapi/types";
import { entriesOf, fitting, type Known } from "@/tests/support/fuzz/fitting";
import { damaged, hostileJson, hostileName, hostileText, oddContent } from "@/tests/support/fuzz/hostile";

/** A request that may be anything. */
export interface FuzzCall {
  /** Values of the path's parameters, decoded as Next does it. */
  params: Record<string, string>;
  /** With its question mark; empty without a query. */
  query: string;
  headers: [string, string][];
  body: Buffer | undefined;
}

const JSON_HEADERS: [string, string][] = [["content-type", "application/json"]];

/** Requests to a call: those that fit its description, those that nearly do, and those that do not at all. */
export function callsOf(method: string, operation: ApiOperation, known: Known): fc.Arbitrary<FuzzCall> {
  const parameters = operation.parameters ?? [];
  const content = operation.requestBody?.content["application/json"];
  const json = fc.constant(JSON_HEADERS);
  return fc.record({
    params: paramsOf(parameters, known),
    query: queryOf(parameters, known),
    headers: fc.oneof({ weight: 12, arbitrary: json }, { weight: 1, arbitrary: oddContent }),
    body: method === "get" ? fc.constant(undefined) : content ? bodyOf(content, known) : unwanted(known),
  });
}

/** A body for a call that takes none. */
function unwanted(known: Known): fc.Arbitrary<Buffer | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, bodyOf({ schema: {} }, known));
}

function bodyOf({ schema, example }: ApiContent, known: Known): fc.Arbitrary<Buffer | undefined> {
  const text = bodyText(schema, known).map((json) => Buffer.from(json));
  return fc.oneof(
    { weight: 20, arbitrary: text },
    { weight: 2, arbitrary: damaged(text) },
    { weight: 2, arbitrary: hostileJson.map((json) => Buffer.from(json)) },
    { weight: 2, arbitrary: fc.constant(Buffer.from(JSON.stringify(example ?? {}))) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

function paramsOf(parameters: ApiParameter[], known: Known): fc.Arbitrary<Record<string, string>> {
  const inPath = parameters.filter((parameter) => parameter.in === "path");
  const entries = inPath.map(({ name, schema }) =>
    fc
      .oneof(
        { weight: 6, arbitrary: fitting(schema, name, known).map(String) },
        { weight: 1, arbitrary: hostileText },
      )
      .map((text): [string, string] => [name, inAddress(text)]),
  );
  return fc.tuple(...entries).map((pairs) => Object.fromEntries(pairs));
}

/** No address has an empty segment, or one of a dot or two, and half a surrogate pair cannot be in one. */
function inAddress(text: string): string {
  return /^\.{0,2}$/.test(text) ? "-" : text.toWellFormed();
}

function queryOf(parameters: ApiParameter[], known: Known): fc.Arbitrary<string> {
  const inQuery = parameters.filter((parameter) => parameter.in === "query");
  const pairs = inQuery.map(({ name, schema, required }) => {
    const value = fc.oneof(
      { weight: 4, arbitrary: fitting(schema, name, known).map(String) },
      { weight: 1, arbitrary: hostileText },
      ...(name === "cursor" ? [cursors] : []),
    );
    const given = value.map((text) => [`${name}=${encodeURIComponent(text.toWellFormed())}`]);
    return required ? given : fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, given);
  });
  const odd = fc.oneof(
    { weight: 12, arbitrary: fc.constant<string[]>([]) },
    fc
      .tuple(hostileName, hostileText)
      .map(([name, text]) => [
        `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`,
      ]),
    fc.constantFrom(
      ["%"],
      ["%ff=%fe"],
      ["=", "&&"],
      ["limit=1", "limit=1"],
      ["limit[]=1"],
      ["a.b.c"],
      ["_method=DELETE"],
    ),
  );
  return fc.tuple(odd, ...pairs).map((parts) => {
    const text = parts.flat().join("&");
    return text === "" ? "" : `?${text}`;
  });
}

const moment = fc.constantFrom(
  "2026-11-20T09:00:00.000000+00:00",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
);

/** Cursors that were made by nobody, of every shape that lists use. */
const cursors: fc.Arbitrary<string> = fc
  .oneof(
    fc.tuple(moment, hostileText),
    fc.tuple(hostileText, fc.uuid()),
    fc.tuple(hostileText),
    fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.constant(1e300))),
    fc.tuple(moment, fc.uuid()),
    fc.jsonValue(),
  )
  .map((key) => Buffer.from(JSON.stringify(key)).toString("base64url"));

function bodyText(schema: JsonSchema, known: Known): fc.Arbitrary<string> {
  const fields = entriesOf(schema, known).map((entries) =>
    entries.map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
  );
  const names = Object.keys(schema.properties ?? {});
  const someName = names.length > 0 ? fc.oneof(fc.constantFrom(...names), hostileName) : hostileName;
  const oneMore = fc
    .tuple(fields, someName, hostileJson, fc.boolean())
    .map(([entries, name, json, replace]) => [
      ...(replace ? entries.filter(([known]) => known !== name) : entries),
      [name, json] as [string, string],
    ]);
  const oneLess = fc
    .tuple(fields, fc.nat())
    .map(([entries, index]) => entries.filter((_, at) => at !== index % Math.max(entries.length, 1)));
  return fc
    .oneof(
      { weight: 5, arbitrary: fields },
      { weight: 4, arbitrary: oneMore },
      { weight: 1, arbitrary: oneLess },
    )
    .map((entries) => `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`);
}
