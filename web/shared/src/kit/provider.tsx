import {
  localStorageColorSchemeManager,
  MantineProvider,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import type { ReactNode } from "react";
import "./mantine_styles";
import { NoticeProvider } from "./notices";
import { theme } from "./theme";

const colorScheme = localStorageColorSchemeManager({ key: "b3iq_theme" });

/** Everything that kit components need around them. Writes no style element. */
export function KitProvider({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
      withStaticClasses={false}
    >
      <NoticeProvider>{children}</NoticeProvider>
    </MantineProvider>
  );
}

export type SchemeChoice = "auto" | "light" | "dark";

export function useScheme() {
  const { colorScheme: choice, setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light", { getInitialValueInEffect: false });
  return { choice: choice as SchemeChoice, choose: setColorScheme, shown };
}
