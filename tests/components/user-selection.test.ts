import { expect, test } from "vitest";
import {
  NOBODY,
  type Selection,
  selectedOf,
  spanOf,
  toggle,
  toggleShown,
} from "@/components/users/selection";

const shown = ["a", "b", "c", "d", "e"];
const at = (id: string) => ({ id, row: shown.indexOf(id) });
const ids = (selection: Selection) => (selection.kind === "all" ? "all" : [...selection.ids].sort().join(""));

test("a click selects one, and a second click lets them go", () => {
  const one = toggle(NOBODY, at("b"), shown, false);
  expect(ids(one)).toBe("b");
  expect(ids(toggle(one, at("b"), shown, false))).toBe("");
});

test("with Shift everybody from the last click on becomes the same, in both directions", () => {
  const fromB = toggle(NOBODY, at("b"), shown, false);
  const toD = toggle(fromB, at("d"), shown, true);
  expect(ids(toD)).toBe("bcd");
  expect(ids(toggle(toD, at("a"), shown, true))).toBe("abcd");
  expect(ids(toggle(toggle(NOBODY, at("e"), shown, false), at("c"), shown, true))).toBe("cde");
});

test("with Shift a range can be let go of", () => {
  const all = toggleShown(NOBODY, shown);
  const lessB = toggle(all, at("b"), shown, false);
  expect(ids(toggle(lessB, at("d"), shown, true))).toBe("ae");
});

test("Shift without a click before, or after one that is out of sight, selects just one", () => {
  expect(ids(toggle(NOBODY, at("c"), shown, true))).toBe("c");
  expect(ids(toggle(toggle(NOBODY, at("x"), shown, false), at("c"), shown, true))).toBe("cx");
});

test("the box above selects everybody shown, keeps others, and lets all go when all are selected", () => {
  const other = toggle(NOBODY, at("x"), shown, false);
  const all = toggleShown(other, shown);
  expect(ids(all)).toBe("abcdex");
  expect(selectedOf(all, shown)).toBe("all");
  expect(toggleShown(all, shown)).toEqual(NOBODY);
  expect(selectedOf(toggle(all, at("a"), shown, false), shown)).toBe("some");
});

test("letting one go of everybody who matches leaves those who are shown", () => {
  expect(selectedOf({ kind: "all" }, shown)).toBe("all");
  expect(ids(toggle({ kind: "all" }, at("c"), shown, false))).toBe("abde");
});

test("the box above stays half-way while some rows are neither at hand nor selected", () => {
  const five = toggleShown(NOBODY, shown);
  expect(selectedOf(five, ["d", "e"], 5)).toBe("all");
  expect(selectedOf(five, ["d", "e"], 6)).toBe("some");
  expect(selectedOf(five, ["d", "f"], 5)).toBe("some");
});

test("a range needs the users of all rows in it, and to let one go of everybody all that were shown", () => {
  const one = toggle(NOBODY, { id: "b", row: 1 }, shown, false);
  expect(spanOf(one, 700, true, 1_000)).toEqual([1, 700]);
  expect(spanOf(one, 700, false, 1_000)).toEqual([700, 700]);
  expect(spanOf({ kind: "all" }, 700, false, 1_000)).toEqual([0, 999]);
});
