import { useCallback } from "react";
import { useKeys } from "../../app/data";
import { useMay } from "../../app/session";

/** The name of the key behind an account; the account itself where it is no key, or not known. */
export function useAccountNames(): (account: string) => string {
  const may = useMay("operator");
  const { data: keys } = useKeys(may);
  return useCallback(
    (account: string) => keys?.find((key) => key.id === account)?.name ?? account,
    [keys],
  );
}
