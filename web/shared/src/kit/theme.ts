import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from "@mantine/core";

// The colours stand in theme.css as CSS variables (a page's strict policy allows no style element);
// Mantine needs the names here. Both must agree: theme.test.ts.
const spruce: MantineColorsTuple = [
  "#e8f5f1",
  "#d3eae3",
  "#a9d6c9",
  "#7cc1ad",
  "#57b096",
  "#2f9a7d",
  "#137a62",
  "#0d6552",
  "#0b5445",
  "#073f34",
];

export const theme = createTheme({
  primaryColor: "spruce",
  primaryShade: { light: 7, dark: 4 },
  colors: { spruce },
  defaultRadius: "sm",
  cursorType: "pointer",
  // What stands on a filled colour follows the scheme: a CSS variable, where Mantine knows one colour.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    return input.variant === "filled" ? { ...colors, color: "var(--b3-on-filled)" } : colors;
  },
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { iconColor: "var(--b3-on-filled)" } },
    Radio: { defaultProps: { iconColor: "var(--b3-on-filled)" } },
    InputWrapper: {
      defaultProps: { withAsterisk: false },
      styles: { description: { fontSize: "0.85rem", lineHeight: 1.45 } },
    },
    SegmentedControl: { defaultProps: { radius: "md" } },
    Tabs: { vars: () => ({ root: { "--tabs-text-color": "var(--b3-on-filled)" } }) },
    Table: { defaultProps: { verticalSpacing: "xs", horizontalSpacing: "md" } },
  },
});
