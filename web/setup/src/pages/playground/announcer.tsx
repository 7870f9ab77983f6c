import { useEffect, useState } from "react";
import type { Answer } from "./conversation";
import { nextSpoken } from "./spoken";

interface Told {
  id: number;
  upTo: number;
  pieces: string[];
}

/** Reads the last answer out to screen readers, sentence by sentence. It shows nothing. */
export function Announcer({ answer }: { answer: Answer | null }) {
  const [told, setTold] = useState<Told>({ id: 0, upTo: 0, pieces: [] });
  useEffect(() => {
    if (!answer) return;
    setTold((before) => {
      const known = before.id === answer.id ? before : { id: answer.id, upTo: 0, pieces: [] };
      const ended = answer.state !== "waiting" && answer.state !== "streaming";
      const piece = nextSpoken(answer.text, known.upTo, ended);
      if (!piece) return known;
      return { ...known, upTo: known.upTo + piece.length, pieces: [...known.pieces, piece] };
    });
  }, [answer]);
  return (
    <div className="b3-visually-hidden" aria-live="polite" aria-relevant="additions" role="log">
      {answer?.state === "waiting" && <p>Waiting for the answer.</p>}
      {told.pieces.map((piece, index) => (
        <p key={index}>{piece}</p>
      ))}
      {answer?.state === "stopped" && <p>Stopped.</p>}
    </div>
  );
}
