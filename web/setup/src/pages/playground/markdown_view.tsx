// Shows what a model wrote. Blocks that did not change are not drawn again while an answer streams.
import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { memo } from "react";
import { type Block, type Inline, type ListBlock, readInline, readMarkdown } from "./markdown";
import styles from "./markdown.module.css";

export function Markdown({ text }: { text: string }) {
  return (
    <div className={styles.markdown}>
      <Blocks blocks={readMarkdown(text)} />
    </div>
  );
}

function Blocks({ blocks }: { blocks: Block[] }) {
  return blocks.map((block, index) => <BlockView key={index} block={block} />);
}

const BlockView = memo(
  function BlockView({ block }: { block: Block }) {
    switch (block.type) {
      case "paragraph":
        return (
          <p>
            <Line text={block.text} />
          </p>
        );
      case "heading":
        return (
          <p className={styles.heading}>
            <Line text={block.text} />
          </p>
        );
      case "code":
        return <Code language={block.language} text={block.text} />;
      case "quote":
        return (
          <blockquote>
            <Blocks blocks={block.blocks} />
          </blockquote>
        );
      case "table":
        return <Table head={block.head} rows={block.rows} />;
      case "rule":
        return <hr />;
      case "list":
        return <List list={block} />;
    }
  },
  (before, after) => JSON.stringify(before.block) === JSON.stringify(after.block),
);

function Code({ language, text }: { language: string; text: string }) {
  return (
    <div className={styles.code}>
      <div className={styles.codeHead}>
        <span>{language || "code"}</span>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, with the keyboard too */}
      <section tabIndex={0} aria-label={language ? `Code, ${language}` : "Code"}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
    </div>
  );
}

function Table({ head, rows }: { head: string[]; rows: string[][] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, with the keyboard too
    <section className={styles.tableFrame} tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th key={index} scope="col">
                <Line text={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {head.map((_, index) => (
                <td key={index}>
                  <Line text={row[index] ?? ""} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function List({ list }: { list: ListBlock }) {
  const items = list.items.map((item, index) => (
    <li key={index}>
      <Line text={item.text} />
      {item.lists.map((inner, at) => (
        <List key={at} list={inner} />
      ))}
    </li>
  ));
  return list.ordered ? <ol start={list.start}>{items}</ol> : <ul>{items}</ul>;
}

function Line({ text }: { text: string }) {
  return <Parts parts={readInline(text)} />;
}

function Parts({ parts }: { parts: Inline[] }) {
  return parts.map((part, index) => <Part key={index} part={part} />);
}

function Part({ part }: { part: Inline }) {
  switch (part.type) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return (
        <strong>
          <Parts parts={part.parts} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Parts parts={part.parts} />
        </em>
      );
    case "link":
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noreferrer noopener">
          <Parts parts={part.parts} />
        </a>
      );
  }
}
