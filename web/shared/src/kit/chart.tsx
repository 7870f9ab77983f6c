// A chart over time. uPlot comes when a chart is shown; a table says the same to screen readers.
import { lazy, Suspense, useState } from "react";
import styles from "./chart.module.css";

export interface Series {
  name: string;
  /** One value for each time; null: unknown, a gap. */
  values: (number | null)[];
}

export interface ChartProps {
  /** What it shows. */
  title: string;
  /** Seconds since 1970. */
  times: number[];
  series: Series[];
  /** Values in words, for axis, legend and table. */
  format: (value: number) => string;
  /** Times in words. Default: day and month. */
  formatTime?: (seconds: number) => string;
  /** stacked: bars on each other, so that their height is the sum. */
  kind?: "line" | "bars" | "stacked";
  height?: number;
}

const Plot = lazy(() => import("./chart_plot"));

export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });
}

export function Chart(props: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  const { title, height = 220 } = props;
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{title}</span>
        <button type="button" className={styles.toggle} onClick={() => setAsTable(!asTable)}>
          {asTable ? "Show as chart" : "Show as table"}
        </button>
      </figcaption>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, with the keyboard too
        <section className={styles.tableFrame} aria-label={title} tabIndex={0}>
          <ChartTable {...props} />
        </section>
      ) : (
        <div aria-hidden="true">
          <Suspense fallback={<div style={{ height }} />}>
            <Plot {...props} />
          </Suspense>
        </div>
      )}
      {!asTable && (
        <div className="b3-visually-hidden">
          <ChartTable {...props} />
        </div>
      )}
    </figure>
  );
}

function ChartTable({ title, times, series, format, formatTime = dayOf }: ChartProps) {
  return (
    <table className={styles.table}>
      <caption className="b3-visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map((one) => (
            <th key={one.name} scope="col">
              {one.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.map((time, index) => (
          <tr key={time}>
            <th scope="row">{formatTime(time)}</th>
            {series.map((one) => {
              const value = one.values[index];
              return <td key={one.name}>{value == null ? "unknown" : format(value)}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
