// Which messages mention the reader, room by room. The server tells it as facts, each true when the room's revision was `at`:
// that one message means the reader or doesn't, or that of those beyond a seq exactly these do. For each message the fact
// with the highest revision counts, so the order in which facts arrive doesn't matter.
const MOST = 100; // as many as the server lists (models/mention.py); there can be more before them
const rooms = new Map(); // room -> (seq -> { at, isMeant })

const factsOf = (room) => rooms.get(room) ?? rooms.set(room, new Map()).get(room);

function learn(facts, seq, at, isMeant) {
  if (!(facts.get(seq)?.at >= at)) facts.set(seq, { at, isMeant });
}

function learnAll(room, list, at, after) {
  const facts = factsOf(room);
  const seqs = new Set(list.split(" ").filter(Boolean).map(Number));
  const from = seqs.size < MOST ? after : Math.min(...seqs) - 1;
  for (const seq of facts.keys()) if (seq > from && !seqs.has(seq)) learn(facts, seq, at, false);
  for (const seq of seqs) learn(facts, seq, at, true);
}

// From a room in the list, or from a read mark that went back; without `mentions-at` it tells nothing.
export function learnFrom({ mentions, mentionsAt, readSeq, seq }, room) {
  if (Number(mentionsAt)) learnAll(room, mentions, Number(mentionsAt), Number(seq ?? readSeq));
}

export function hearMention({ dataset }) {
  learn(factsOf(dataset.room), Number(dataset.seq), Number(dataset.at), "meant" in dataset);
}

export function mentionsIn(room, read) {
  let count = 0;
  for (const [seq, { isMeant }] of factsOf(room)) if (isMeant && seq > read) count += 1;
  return count;
}
