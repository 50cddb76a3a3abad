// Decodes what comes on stdin, message after message, with config/edgepose-messages.js.
//
// Each message: u8 0 for packed or 1 for json, u32 length, its bytes. For each a line is printed:
// `show` prints {"pose": ...} or {"refused": ...}; `digest` prints the first half of the SHA-1 of
// all numbers of the pose as doubles, or `-`. Anything but a DecodeError ends it with status 1.
"use strict";

const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");

const [path, mode] = process.argv.slice(2);
const { DecodeError, POSTURES, SETS, decodeJson, decodePacked } = require(path);

function* numbers(pose) {
  yield* [pose.seq, pose.frame, pose.unix_us, pose.latency_ms, ...pose.size];
  yield Object.keys(SETS).indexOf(pose.set);
  yield ["ok", "unset"].indexOf(pose.clock);
  yield* [pose.mirrored, pose.first].map((flag) => [false, true].indexOf(flag));
  yield pose.people.length;
  for (const person of pose.people) {
    yield* [person.id, person.confidence, POSTURES.indexOf(person.posture)];
    for (const [rows, length] of [[person.landmarks, 5], [person.world, 3]]) {
      yield rows.length;
      for (const row of rows) {
        if (row.length !== length) throw new Error(`a row of ${row.length}`);
        yield* row;
      }
    }
  }
}

function digest(pose) {
  const all = [...numbers(pose)];
  if (!all.every(Number.isFinite)) throw new Error("not a finite number");
  return createHash("sha1").update(Float64Array.from(all)).digest("hex").slice(0, 20);
}

function answer(decode, data) {
  let pose;
  try {
    pose = decode(data);
  } catch (error) {
    if (!(error instanceof DecodeError && error.name === "DecodeError")) throw error;
    return mode === "show" ? JSON.stringify({ refused: error.message }) : "-";
  }
  return mode === "show" ? JSON.stringify({ pose }) : digest(pose);
}

const all = readFileSync(0);
const lines = [];
for (let at = 0; at < all.length; ) {
  const end = at + 5 + all.readUInt32LE(at + 1);
  lines.push(answer(all[at] ? decodeJson : decodePacked, all.subarray(at + 5, end)));
  at = end;
}
process.stdout.write(lines.map((line) => `${line}\n`).join(""));
