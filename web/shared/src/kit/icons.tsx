// Line icons, drawn on a 20 by 20 field. Decoration: the words beside them say what they mean.

const shapes = {
  overview: "M3 11.5 10 4l7 7.5M5 10v6.5h10V10",
  chat: "M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z",
  models: "M10 2.8 16.5 6.4v7.2L10 17.2 3.5 13.6V6.4zM3.5 6.4 10 10l6.5-3.6M10 10v7.2",
  runtimes: "M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6.3 6.5h.1M6.3 13.5h.1",
  requests: "M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3",
  usage: "M4 16V10M8 16V5M12 16V8M16 16v-4",
  key: "M13 3.5a3.5 3.5 0 1 1-2.6 5.8L4 15.7v.8h2.5v-2h2v-2l1.9-1.9M13.4 6.6h.1",
  users:
    "M7.5 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2.5 16.5c0-2.8 2-4.5 5-4.5s5 1.7 5 4.5M12.5 4.3a3 3 0 0 1 0 5.4M14.5 12.3c2 .6 3 2.1 3 4.2",
  receipt: "M5 2.8h10v14.4l-2.5-1.6-2.5 1.6-2.5-1.6L5 17.2zM7.8 6.8h4.4M7.8 10h4.4",
  audit: "M10 2.8 16 5v4.6c0 3.6-2.4 6.2-6 7.6-3.6-1.4-6-4-6-7.6V5zM7.4 9.8l1.9 1.9 3.4-3.6",
  network: "M10 5.5v3M10 8.5l-5 4M10 8.5l5 4M8 2.5h4v3H8zM3 12.5h4v4H3zM13 12.5h4v4h-4z",
  support:
    "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M7.9 8a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.7-.9 1.4M10 13.8h.1",
  settings: "M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7M12.5 4v4M7.5 12v4",
  account: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M3.8 17c0-3.2 2.5-5 6.2-5s6.2 1.8 6.2 5",
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  check: "M4 10.5l4 4 8-9",
  arrow: "M4 10h11M11 6l4 4-4 4",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
