"use client";

import dynamic from "next/dynamic";
import { formatNumber } from "./numbers";
import { Skeleton } from "./states";

/** What one colour of the bars stands for. */
export interface BarSeries {
  name: string;
  /** A colour of the theme, such as `var(--accent)`. */
  color: string;
}

export interface StackedBar {
  id: string;
  /** Names the bar where there is room for it: in the tooltip and to screen readers. */
  label: string;
  /** Stands below the bar, if anything does. */
  tick?: string;
  /** One value for each series, the lowest first. */
  values: readonly number[];
}

export interface StackedBarsProps {
  /** What the chart shows and what is to be seen in it, in a sentence, for those who do not see it. */
  summary: string;
  series: readonly BarSeries[];
  bars: readonly StackedBar[];
}

// The drawing comes with a library of 100 kB, which no page should wait for.
const Drawing = dynamic(() => import("./stacked-bars-drawing").then((file) => file.StackedBarsDrawing), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});

/** Bars of a time or another order. Its height is the same with and without the drawing, so nothing moves. */
export function StackedBars(props: StackedBarsProps) {
  return (
    <figure aria-label={props.summary} className="relative h-44 min-w-0">
      <Drawing {...props} />
      <Numbers {...props} />
    </figure>
  );
}

/** The same as a table, for screen readers. Bars without any value say nothing and are left out. */
function Numbers({ summary, series, bars }: StackedBarsProps) {
  const told = bars.filter(({ values }) => values.some((value) => value > 0));
  if (told.length === 0) return null;
  return (
    <div className="sr-only">
      <table>
        <caption>{summary}</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {told.map(({ id, label, values }) => (
            <tr key={id}>
              <th scope="row">{label}</th>
              {series.map(({ name }, index) => (
                <td key={name}>{formatNumber(values[index] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
