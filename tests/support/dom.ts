import { configure } from "@testing-library/react";
import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Panels and menus are loaded when they are opened; on a busy machine that takes longer than the usual second.
configure({ asyncUtilTimeout: 5_000 });

afterEach(cleanup);

// No layout happens here: without sizes a virtual list renders no rows and a chart draws nothing.
const size = { width: 800, height: 400 };

class FixedResizeObserver implements ResizeObserver {
  readonly #callback: ResizeObserverCallback;

  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback;
  }

  observe(target: Element): void {
    const box = [{ inlineSize: size.width, blockSize: size.height }];
    const entry: ResizeObserverEntry = {
      target,
      contentRect: rectangle(),
      borderBoxSize: box,
      contentBoxSize: box,
      devicePixelContentBoxSize: box,
    };
    this.#callback([entry], this);
  }

  unobserve(): void {}

  disconnect(): void {}
}

function rectangle(): DOMRect {
  return new DOMRect(0, 0, size.width, size.height);
}

globalThis.ResizeObserver = FixedResizeObserver;
Element.prototype.getBoundingClientRect = rectangle;
for (const [name, value] of [
  ["offsetWidth", size.width],
  ["offsetHeight", size.height],
  ["clientWidth", size.width],
  ["clientHeight", size.height],
] as const) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value });
}
