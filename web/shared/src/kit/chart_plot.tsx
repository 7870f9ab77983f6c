// The drawn part of Chart; loaded when a chart is shown.
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type ChartProps, dayOf, type Series } from "./chart";
import styles from "./chart.module.css";
import { useScheme } from "./provider";

export const kSeriesColours = 6;

export default function ChartPlot(props: ChartProps) {
  const { series, times, format, formatTime = dayOf, kind, height } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const { shown } = useScheme();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew with the scheme
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const plot = makePlot(element, props, setAt);
    const observer = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: props.height ?? 220 });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [series, times, format, formatTime, kind, height, shown]);

  const time = at === null ? undefined : times[at];
  return (
    <>
      <div ref={frame} className={styles.frame} />
      <ul className={styles.legend}>
        {time !== undefined && <li>{formatTime(time)}</li>}
        {series.map((one, index) => {
          const value = at === null ? null : one.values[at];
          return (
            <li key={one.name}>
              <span className={styles.swatch} data-series={index % kSeriesColours} />
              {one.name}
              {value != null && <strong>{format(value)}</strong>}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function makePlot(element: HTMLElement, props: ChartProps, onPoint: (at: number | null) => void) {
  const { times, series, format, formatTime = dayOf, kind = "line", height = 220 } = props;
  const css = getComputedStyle(element);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour("--b3-soft"),
    grid: { stroke: colour("--b3-line"), width: 1 },
    ticks: { show: false },
    font: `12px ${css.fontFamily}`,
  };
  const bars = uPlot.paths.bars?.({ size: [0.7, 40] });
  const drawn = kind === "stacked" ? stacked(series) : inOrder(series);
  const options: uPlot.Options = {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: {
      x: { time: true, range: (_, min, max) => withRoom(min, max, props) },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_, at) => at.map(formatTime) },
      { ...axis, size: 64, values: (_, at) => at.map(format) },
    ],
    series: [
      {},
      ...drawn.map((one): uPlot.Series => {
        const stroke = colour(`--b3-series-${one.colour % kSeriesColours}`);
        return kind !== "line"
          ? {
              label: one.name,
              stroke,
              fill: stroke,
              width: 0,
              paths: bars,
              points: { show: false },
            }
          : { label: one.name, stroke, width: 2, points: { show: times.length < 3 } };
      }),
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
  return new uPlot(options, [times, ...drawn.map((one) => one.values)], element);
}

/** Bars stand around their time: the first and the last need half their width more. */
function withRoom(min: number, max: number, { kind, times }: ChartProps): [number, number] {
  if (kind === undefined || kind === "line") return [min, max];
  const step = (times[1] ?? min + 86_400) - (times[0] ?? min);
  return [min - step / 2, max + step / 2];
}

interface Drawn extends Series {
  /** Its place in the legend. */
  colour: number;
}

function inOrder(series: Series[]): Drawn[] {
  return series.map((one, colour) => ({ ...one, colour }));
}

/** Each on top of those before it. The tallest is drawn first: the others cover its lower part. */
export function stacked(series: Series[]): Drawn[] {
  const sums: number[] = [];
  const drawn = series.map((one, colour) => {
    const values = one.values.map((value, at) => {
      sums[at] = (sums[at] ?? 0) + (value ?? 0);
      return sums[at] ?? 0;
    });
    return { name: one.name, values, colour };
  });
  return drawn.reverse();
}
