import type { Key, ReactNode } from "react";
import styles from "./data_list.module.css";

export interface Column<Row> {
  /** The heading; also the name of the value where rows are cards. */
  title: string;
  cell: (row: Row) => ReactNode;
  /** Right-aligned figures. */
  numeric?: boolean;
  /** The row's name: its heading as a card. One column of a list. */
  main?: boolean;
  /** Buttons: without a heading that is seen. */
  actions?: boolean;
}

/** Rows as a table; on a phone each row is a card. */
export function DataList<Row>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  /** What the list holds, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => Key;
}) {
  return (
    <div className={styles.frame}>
      {/* The roles are said again: `display: grid` on a phone takes them away in some browsers. */}
      {/* biome-ignore-start lint/a11y/noRedundantRoles: see above */}
      {/* biome-ignore-start lint/a11y/useSemanticElements: see above */}
      <table className={styles.table} role="table">
        <caption className="b3-visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.title}
                role="columnheader"
                scope="col"
                data-numeric={column.numeric || undefined}
              >
                <span className={column.actions ? "b3-visually-hidden" : undefined}>
                  {column.title}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row">
              {columns.map((column) => (
                <td
                  key={column.title}
                  role="cell"
                  data-title={column.title}
                  data-numeric={column.numeric || undefined}
                  data-main={column.main || undefined}
                  data-actions={column.actions || undefined}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
    </div>
  );
}
