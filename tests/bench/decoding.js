// Prints the microseconds to decode one message of each kind, as JSON: DECODERS FOLDER REPEATS.
//
// The median of the means over all messages in the folder's files, each with its length before it.
"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [path, folder, repeats] = process.argv.slice(2);
const { decodeJson, decodePacked } = require(path);
const ROUNDS = 20;

function messages(name) {
  const all = readFileSync(join(folder, name));
  const found = [];
  for (let at = 0; at < all.length; ) {
    const end = at + 4 + all.readUInt32LE(at);
    found.push(all.subarray(at + 4, end));
    at = end;
  }
  return found;
}

const decoders = {
  packed: decodePacked,
  json: decodeJson,
  rival: (data) => JSON.parse(data.toString()),
};

const kinds = Object.keys(decoders).map((name) => ({ name, all: messages(name), times: [] }));
// What is decoded is kept for a while, as by a program that uses it: or the engine leaves work out.
const kept = [];
for (let repeat = 0; repeat < Number(repeats); repeat++) {
  // In turn, so that what else the machine does meets all of them.
  for (const { name, all, times } of kinds) {
    const began = process.hrtime.bigint();
    for (let round = 0; round < ROUNDS; round++) {
      all.forEach((data, i) => (kept[i] = decoders[name](data)));
    }
    times.push(Number(process.hrtime.bigint() - began) / 1000 / (ROUNDS * all.length));
  }
}
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
console.log(JSON.stringify(Object.fromEntries(kinds.map((k) => [k.name, median(k.times)]))));
