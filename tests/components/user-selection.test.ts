import { expect, test } from "vitest";
import { NOBODY, type Selection, selectedOf, toggle, toggleShown } from "@/components/users/selection";

const shown = ["a", "b", "c", "d", "e"];
const ids = (selection: Selection) => (selection.kind === "all" ? "all" : [...selection.ids].sort().join(""));

test("a click selects one, and a second click lets them go", () => {
  const one = toggle(NOBODY, "b", shown, false);
  expect(ids(one)).toBe("b");
  expect(ids(toggle(one, "b", shown, false))).toBe("");
});

test("with Shift everybody from the last click on becomes the same, in both directions", () => {
  const fromB = toggle(NOBODY, "b", shown, false);
  const toD = toggle(fromB, "d", shown, true);
  expect(ids(toD)).toBe("bcd");
  expect(ids(toggle(toD, "a", shown, true))).toBe("abcd");
  expect(ids(toggle(toggle(NOBODY, "e", shown, false), "c", shown, true))).toBe("cde");
});

test("with Shift a range can be let go of", () => {
  const all = toggleShown(NOBODY, shown);
  const lessB = toggle(all, "b", shown, false);
  expect(ids(toggle(lessB, "d", shown, true))).toBe("ae");
});

test("Shift without a click before, or after one that is out of sight, selects just one", () => {
  expect(ids(toggle(NOBODY, "c", shown, true))).toBe("c");
  expect(ids(toggle(toggle(NOBODY, "x", shown, false), "c", shown, true))).toBe("cx");
});

test("the box above selects everybody shown, keeps others, and lets all go when all are selected", () => {
  const other = toggle(NOBODY, "x", shown, false);
  const all = toggleShown(other, shown);
  expect(ids(all)).toBe("abcdex");
  expect(selectedOf(all, shown)).toBe("all");
  expect(toggleShown(all, shown)).toEqual(NOBODY);
  expect(selectedOf(toggle(all, "a", shown, false), shown)).toBe("some");
});

test("letting one go of everybody who matches leaves those who are shown", () => {
  expect(selectedOf({ kind: "all" }, shown)).toBe("all");
  expect(ids(toggle({ kind: "all" }, "c", shown, false))).toBe("abde");
});
