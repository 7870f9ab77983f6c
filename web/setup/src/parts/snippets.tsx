import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { codeSnippets } from "../pages/playground/snippets";
import { baseUrl } from "./base_url";
import styles from "./snippets.module.css";

// The rest stands in the playground.
const kFew = 3;

/** How a program calls this node, in short. The key comes from the environment: no secret stands here. */
export function Snippets({ model }: { model: string }) {
  const all = codeSnippets({ origin: location.origin, model }).slice(0, kFew);
  const [id, setId] = useState("curl");
  const shown = all.find((snippet) => snippet.id === id) ?? all[0];
  if (!shown) return null;
  return (
    <div className={styles.snippets}>
      <CopyBlock label="Base URL" text={baseUrl()} />
      <SegmentedControl
        aria-label="Language"
        value={shown.id}
        data={all.map((snippet) => ({ value: snippet.id, label: snippet.title }))}
        onChange={setId}
      />
      <p className={styles.about}>{withCode(shown.about)}</p>
      {shown.blocks.map((block) => (
        <CopyBlock key={block.label} label={block.label} text={block.text} />
      ))}
    </div>
  );
}
