// Who is there, person by person, made of what counts (/state) and what is seen (/pose). Pure.

import { colourOf } from "./skeleton.js";
import * as words from "./words.js";

// `state` was said `age_s` ago; `pose` is null where it is old.
export function everybody(state, age_s, pose, { landmarks }) {
  const there = new Map((state.people ?? []).map((each) => [each.id, each]));
  const seen = pose?.people ?? [];
  const unseen = [...there.values()].filter(({ id }) => !seen.some((person) => person.id === id));
  return [...seen, ...unseen]
    .map((person, place) => {
      const present = there.get(person.id);
      const { posture } = present ?? person;
      return {
        id: person.id,
        colour: colourOf(person, place),
        title: person.id ? `Person ${person.id}` : "Somebody",
        facts: [
          ["There since", present ? since(present, state, age_s) : "not long enough to count"],
          ["Posture", posture === "unknown" ? "not known" : posture],
          ["Confidence", "confidence" in person ? words.percent(person.confidence, 1) : null],
          ["In view", person.landmarks ? words.inPicture(person.landmarks, landmarks) : "not now"],
        ],
      };
    })
    .sort((a, b) => a.id - b.id);
}

// By the device's own clock alone: that of this browser may differ.
function since(present, state, age_s) {
  if (state.clock) return "not known: the clock is not set";
  const said = Date.parse(state.time);
  const seconds = (said - Date.parse(present.since)) / 1000 + age_s;
  return `${words.clock(present.since, said)}, ${words.duration(seconds)}`;
}
