import styles from "./playground.module.css";

const kStarters = [
  "Explain what a language model does, in three sentences.",
  "Write a short poem about a lighthouse.",
  "Give me a Python function that counts words, with a test.",
  "List five questions to ask before buying a used bicycle.",
];

/** Something to begin with. */
export function Starters({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <div className={styles.starters}>
      <p>Write a message, or begin with one of these.</p>
      <ul>
        {kStarters.map((text) => (
          <li key={text}>
            <button type="button" onClick={() => onChoose(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
