"use client";

import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from "recharts";
import { formatNumber } from "./numbers";
import type { BarSeries, StackedBar, StackedBarsProps } from "./stacked-bars";

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
/** Where the axis ends at least: a single user should not look like a mountain. */
const FEW = 4;
const TEXT = { fill: "var(--faint)", fontSize: 11 };

/** The drawing of `StackedBars`, in a file of its own because of the library it needs. */
export function StackedBarsDrawing({ summary, series, bars }: StackedBarsProps) {
  const ticks = bars.flatMap(({ tick }, index) => (tick === undefined ? [] : [index]));
  const highest = Math.max(...bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0)));
  const data = bars.map((bar, index) => ({ ...bar, index }));
  return (
    <BarChart
      responsive
      data={data}
      aria-label={`${summary} The arrow keys go through the bars.`}
      margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
      barCategoryGap="18%"
      style={{ width: "100%", height: "100%" }}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis
        dataKey="index"
        ticks={ticks}
        tickFormatter={(index: number) => bars[index]?.tick ?? ""}
        interval="preserveStartEnd"
        minTickGap={12}
        tickLine={false}
        axisLine={{ stroke: "var(--line-strong)" }}
        tick={TEXT}
        height={24}
      />
      <YAxis
        allowDecimals={false}
        domain={[0, highest < FEW ? FEW : "auto"]}
        tickCount={4}
        tickFormatter={(value: number) => compact.format(value)}
        tickLine={false}
        axisLine={false}
        tick={TEXT}
        width={40}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={{ fill: "var(--hover)" }}
        content={({ active, label }) => {
          const bar = active && typeof label === "number" ? bars[label] : undefined;
          return bar && <BarTooltip bar={bar} series={series} />;
        }}
      />
      {series.map(({ name, color }, position) => (
        <Bar
          key={name}
          name={name}
          stackId="all"
          dataKey={({ values }: StackedBar) => values[position] ?? 0}
          fill={color}
          // One failure among thousands is seen. (The callback's first argument is the height of the stack.)
          minPointSize={(_top, index) => (bars[index]?.values[position] ? 2 : 0)}
          isAnimationActive={false}
        />
      ))}
    </BarChart>
  );
}

function BarTooltip({ bar, series }: { bar: StackedBar; series: readonly BarSeries[] }) {
  return (
    <div className="rounded-md border border-line-strong bg-surface px-2.5 py-2 text-xs shadow-float">
      <p className="font-medium text-ink">{bar.label}</p>
      <dl className="mt-1 space-y-0.5 text-soft tabular-nums">
        {series.map(({ name, color }, position) => (
          <div key={name} className="flex items-center justify-between gap-4">
            <dt className="flex items-center gap-1.5">
              <span aria-hidden className="size-2 rounded-xs" style={{ background: color }} />
              {name}
            </dt>
            <dd className="text-ink">{formatNumber(bar.values[position] ?? 0)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
