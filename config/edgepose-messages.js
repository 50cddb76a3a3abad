// @ts-check
/**
 * Decoders for the landmark stream of edgepose: one file, no dependencies.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Browser:   <script src="edgepose-messages.js"></script>     then `edgepose.decodePacked(bytes)`
 * Module:    import "./edgepose-messages.js";                 then the same
 * Node:      const edgepose = require("./edgepose-messages.js");
 *            import { decodePacked } from "./edgepose-messages.js";  where .js files are CommonJS
 * Node-RED:  in settings.js, functionGlobalContext:
 *            { edgepose: require("/path/to/edgepose-messages.js") }, and in a function node
 *            const edgepose = global.get("edgepose");
 *
 * `decodePacked` reads what comes on `<device>/pose/packed`, `decodeJson` what comes on
 * `<device>/pose`. Both give the same `Pose`. They throw `DecodeError`, and nothing else, where the
 * bytes or the text are not exactly one whole message; `TypeError` where they are given something
 * that is neither bytes nor text.
 *
 * Reserved bytes, flags that are not known yet and unknown keys are not looked at: what a reader
 * must not overlook raises the version, and another version is refused.
 *
 * @typedef {"blazepose33" | "coco17"} SetName
 * @typedef {"unknown" | "standing" | "sitting" | "bending" | "lying"} Posture
 *
 * @typedef {[x: number, y: number, z: number, visibility: number, presence: number]} Landmark
 *   `x`, `y`: parts of the picture's width and height, origin top left, may lie outside 0..1.
 *   `z`: on the scale of `x`, 0 at mid-hip, smaller is nearer to the camera.
 *   `visibility`, `presence`: 0..1, how likely it is to be seen and to be inside the picture.
 * @typedef {[x: number, y: number, z: number]} WorldLandmark  Metres, origin at mid-hip.
 *
 * @typedef {object} Person
 * @property {number} id          Stays with a person while in view; 0 means not tracked.
 * @property {number} confidence  0..1: mean presence of the landmarks.
 * @property {Posture} posture
 * @property {Landmark[]} landmarks  In the order of the set, all of them always.
 * @property {WorldLandmark[]} world  Empty, or as long as `landmarks`.
 *
 * @typedef {object} Pose
 * @property {number} seq         Rises by one for each published pose, wraps behind 2^32 - 1. Order
 *   by it, not by time.
 * @property {number} frame       The source's frame number; its gaps are frames not published.
 * @property {number} unix_us     Time of capture in microseconds since 1970: `new Date(unix_us /
 *   1000)`. Never above 2^53 - 1 (the year 2255), so it is exact.
 * @property {number} latency_ms  Capture to encoding.
 * @property {[width: number, height: number]} size  The picture in pixels.
 * @property {SetName} set        Which landmarks: see `SETS`.
 * @property {"ok" | "unset"} clock  "unset": the device's clock was not set yet, `unix_us` means
 *   nothing.
 * @property {boolean} mirrored   Whether x was mirrored after detection. "left" stays the person's
 *   own left.
 * @property {boolean} first      The first message of a run of edgepose. The json format does not
 *   tell it: always false there.
 * @property {Person[]} people    Empty: nobody in view.
 */
(function () {
  "use strict";

  const MAGIC = 0xe9;
  const VERSION = 1;
  const HEADER_BYTES = 32;
  const PERSON_BYTES = 8;
  const LANDMARK_BYTES = 8;
  const WORLD_BYTES = 6;
  const WORLD = 1;
  const MIRRORED = 2;
  const CLOCK_UNSET = 4;
  const FIRST = 8;
  const U32 = 2 ** 32 - 1;

  /** @type {readonly Posture[]} */
  const POSTURES = ["unknown", "standing", "sitting", "bending", "lying"];

  /** Names, in order. "Left" is the person's own left. */
  const BLAZEPOSE33 = [
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer",
    "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear",
    "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow",
    "left_wrist", "right_wrist",
    "left_pinky", "right_pinky",
    "left_index", "right_index",
    "left_thumb", "right_thumb",
    "left_hip", "right_hip",
    "left_knee", "right_knee",
    "left_ankle", "right_ankle",
    "left_heel", "right_heel",
    "left_foot_index", "right_foot_index",
  ];

  /** Where the 17 keypoints of COCO stand among the 33, in COCO's own order. */
  const COCO17_INDICES = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28];
  const COCO17 = COCO17_INDICES.map((index) => BLAZEPOSE33[index]);

  /** Pairs of indices into `BLAZEPOSE33` that a skeleton joins with a line. */
  const CONNECTIONS = [
    [0, 1], [1, 2], [2, 3], [3, 7], [0, 4], [4, 5], [5, 6], [6, 8], [9, 10],
    [11, 12], [11, 13], [13, 15], [15, 17], [15, 19], [15, 21], [17, 19],
    [12, 14], [14, 16], [16, 18], [16, 20], [16, 22], [18, 20],
    [11, 23], [12, 24], [23, 24], [23, 25], [24, 26], [25, 27], [26, 28],
    [27, 29], [28, 30], [29, 31], [30, 32], [27, 31], [28, 32],
  ];
  /** Pairs of indices into `COCO17`. */
  const COCO17_CONNECTIONS = [
    [15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6],
    [5, 7], [6, 8], [7, 9], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6],
  ];

  /** The names of each set's landmarks; the packed format numbers the sets in this order. */
  const SETS = { blazepose33: BLAZEPOSE33, coco17: COCO17 };
  /** What to join with a line, for each set. */
  const SKELETONS = { blazepose33: CONNECTIONS, coco17: COCO17_CONNECTIONS };
  const SET_NAMES = /** @type {SetName[]} */ (Object.keys(SETS));

  /** The bytes are not a pose message, or not a whole one. Its message says what is wrong. */
  class DecodeError extends Error {
    /** @param {string} message */
    constructor(message) {
      super(message);
      this.name = "DecodeError";
    }
  }

  /**
   * The pose in a message of `/pose/packed`.
   *
   * @param {ArrayBuffer | ArrayBufferView} data  A Buffer or a Uint8Array, too. Nothing of it is
   *   kept or changed.
   * @returns {Pose}
   * @throws {DecodeError}
   */
  function decodePacked(data) {
    const view = viewOf(data);
    const size = view.byteLength;
    if (size < HEADER_BYTES) {
      throw new DecodeError(`${size} bytes, a header alone has ${HEADER_BYTES}`);
    }
    if (view.getUint8(0) !== MAGIC) {
      throw new DecodeError("the first byte is not 0xE9: not a packed pose");
    }
    if (view.getUint8(1) !== VERSION) {
      throw new DecodeError(`version ${view.getUint8(1)}, this decoder knows ${VERSION}`);
    }
    const flags = view.getUint8(2);
    const people = view.getUint8(3);
    const set = SET_NAMES[view.getUint8(23)];
    if (set === undefined) {
      throw new DecodeError(`unknown landmark set ${view.getUint8(23)}`);
    }
    const count = view.getUint8(22);
    if (count !== SETS[set].length) {
      throw new DecodeError(
        `${count} landmarks for each person, ${set} has ${SETS[set].length}`);
    }
    const unixUs = view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32;
    if (unixUs > Number.MAX_SAFE_INTEGER) {
      throw new DecodeError(`unix_us beyond ${Number.MAX_SAFE_INTEGER}`);
    }
    const width = view.getUint16(16, true);
    const height = view.getUint16(18, true);
    if (width === 0 || height === 0) {
      throw new DecodeError(`a picture of ${width} by ${height} pixels`);
    }
    const worldBytes = flags & WORLD ? WORLD_BYTES : 0;
    const each = PERSON_BYTES + count * (LANDMARK_BYTES + worldBytes);
    if (size !== HEADER_BYTES + people * each) {
      throw new DecodeError(
        `${size} bytes, ${people} people take ${HEADER_BYTES + people * each}`);
    }
    /** @type {Person[]} */
    const decoded = [];
    for (let at = HEADER_BYTES; at < size; at += each) {
      decoded.push(packedPerson(view, at, count, worldBytes !== 0));
    }
    return {
      seq: view.getUint32(4, true),
      frame: view.getUint32(24, true),
      unix_us: unixUs,
      latency_ms: view.getUint16(20, true) / 10,
      size: [width, height],
      set,
      clock: flags & CLOCK_UNSET ? "unset" : "ok",
      mirrored: (flags & MIRRORED) !== 0,
      first: (flags & FIRST) !== 0,
      people: decoded,
    };
  }

  /**
   * @param {DataView} view
   * @param {number} start
   * @param {number} count
   * @param {boolean} hasWorld
   * @returns {Person}
   */
  function packedPerson(view, start, count, hasWorld) {
    const posture = POSTURES[view.getUint8(start + 5)];
    if (posture === undefined) {
      throw new DecodeError(`unknown posture ${view.getUint8(start + 5)}`);
    }
    let at = start + PERSON_BYTES;
    /** @type {Landmark[]} */
    const landmarks = [];
    for (let i = 0; i < count; i++, at += LANDMARK_BYTES) {
      landmarks.push([
        view.getInt16(at, true) / 16384,
        view.getInt16(at + 2, true) / 16384,
        view.getInt16(at + 4, true) / 16384,
        view.getUint8(at + 6) / 255,
        view.getUint8(at + 7) / 255,
      ]);
    }
    /** @type {WorldLandmark[]} */
    const world = [];
    for (let i = 0; hasWorld && i < count; i++, at += WORLD_BYTES) {
      world.push([
        view.getInt16(at, true) / 10000,
        view.getInt16(at + 2, true) / 10000,
        view.getInt16(at + 4, true) / 10000,
      ]);
    }
    return {
      id: view.getUint32(start, true),
      confidence: view.getUint8(start + 4) / 255,
      posture,
      landmarks,
      world,
    };
  }

  /**
   * The pose in a message of `/pose`.
   *
   * @param {string | ArrayBuffer | ArrayBufferView} data  The text, or its bytes in UTF-8.
   * @returns {Pose}
   * @throws {DecodeError}
   */
  function decodeJson(data) {
    /** @type {unknown} */
    let parsed;
    const text = typeof data === "string" ? data : textOf(viewOf(data));
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      throw new DecodeError(`not JSON: ${error instanceof Error ? error.message : error}`);
    }
    const body = objectOf(parsed, "not a JSON object");
    const version = numberOf(body, "v");
    if (version !== VERSION) {
      throw new DecodeError(`version ${version}, this decoder knows ${VERSION}`);
    }
    const set = SET_NAMES.find((name) => name === body.set);
    if (set === undefined) {
      throw new DecodeError("unknown landmark set");
    }
    const size = listOf(body, "size");
    if (size.length !== 2) {
      throw new DecodeError("size: not a width and a height in pixels");
    }
    return {
      seq: wholeOf(body.seq, "seq"),
      frame: wholeOf(body.frame, "frame"),
      unix_us: wholeOf(body.unix_us, "unix_us", 0, Number.MAX_SAFE_INTEGER),
      latency_ms: numberOf(body, "latency_ms"),
      size: [wholeOf(size[0], "size", 1), wholeOf(size[1], "size", 1)],
      set,
      clock: isSaid(body, "clock", "unset") ? "unset" : "ok",
      mirrored: isSaid(body, "mirrored", true),
      first: false,
      people: listOf(body, "people").map((person) => jsonPerson(person, SETS[set].length)),
    };
  }

  /**
   * @param {unknown} value
   * @param {number} count
   * @returns {Person}
   */
  function jsonPerson(value, count) {
    const body = objectOf(value, "people: not an object");
    const landmarks = rowsOf(body, "landmarks", 5);
    const world = "world" in body ? rowsOf(body, "world", 3) : [];
    if (landmarks.length !== count || (world.length !== 0 && world.length !== count)) {
      throw new DecodeError(
        `landmarks: ${landmarks.length} and ${world.length} rows, the set has ${count}`);
    }
    const posture = POSTURES.find((name) => name === body.posture);
    if (posture === undefined) {
      throw new DecodeError("unknown posture");
    }
    const confidence = numberOf(body, "confidence");
    if (!isShare(confidence) || !landmarks.every((row) => isShare(row[3]) && isShare(row[4]))) {
      throw new DecodeError("landmarks: a confidence, visibility or presence outside 0 to 1");
    }
    return {
      id: wholeOf(body.id, "id"),
      confidence,
      posture,
      landmarks: /** @type {Landmark[]} */ (landmarks),
      world: /** @type {WorldLandmark[]} */ (world),
    };
  }

  /**
   * A view of the same bytes. Asked without `instanceof`, which does not know what comes from
   * another frame or from outside of a Node-RED function.
   *
   * @param {ArrayBuffer | ArrayBufferView} data
   */
  function viewOf(data) {
    if (ArrayBuffer.isView(data)) {
      return new DataView(data.buffer, data.byteOffset, data.byteLength);
    }
    try {
      return new DataView(data);
    } catch {
      throw new TypeError(`bytes are needed, not ${data === null ? "null" : typeof data}`);
    }
  }

  /** @param {DataView} view */
  function textOf(view) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    try {
      if (typeof TextDecoder !== "undefined") {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      }
      // Inside a Node-RED function there is none; this is as strict.
      let escaped = "";
      for (const byte of bytes) {
        const plain = byte < 0x80 && byte !== 0x25;
        escaped += plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
      }
      return decodeURIComponent(escaped);
    } catch {
      throw new DecodeError("not JSON: not UTF-8");
    }
  }

  /**
   * @param {unknown} value
   * @param {string} refusal
   */
  function objectOf(value, refusal) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new DecodeError(refusal);
    }
    return /** @type {Record<string, unknown>} */ (value);
  }

  /**
   * @param {Record<string, unknown>} body
   * @param {string} key
   * @returns {unknown[]}
   */
  function listOf(body, key) {
    const value = body[key];
    if (!Array.isArray(value)) {
      throw new DecodeError(`${key}: not a list`);
    }
    return value;
  }

  /**
   * @param {Record<string, unknown>} body
   * @param {string} key
   * @param {number} length
   */
  function rowsOf(body, key, length) {
    const rows = listOf(body, key);
    for (const row of rows) {
      if (!Array.isArray(row) || row.length !== length || !row.every(Number.isFinite)) {
        throw new DecodeError(`${key}: a row that has not ${length} numbers`);
      }
    }
    return /** @type {number[][]} */ (rows);
  }

  /**
   * @param {Record<string, unknown>} body
   * @param {string} key
   */
  function numberOf(body, key) {
    const value = body[key];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new DecodeError(`${key}: not a number`);
    }
    return value;
  }

  /**
   * @param {unknown} value
   * @param {string} key
   */
  function wholeOf(value, key, least = 0, most = U32) {
    if (typeof value === "number" && Number.isInteger(value) && least <= value && value <= most) {
      // -0 is a whole number, too.
      return value + 0;
    }
    throw new DecodeError(`${key}: not a whole number of ${least} to ${most}`);
  }

  /**
   * Whether the key is there; it is left out where it does not hold.
   *
   * @param {Record<string, unknown>} body
   * @param {string} key
   * @param {unknown} said
   */
  function isSaid(body, key, said) {
    if (key in body && body[key] !== said) {
      throw new DecodeError(`${key}: expected ${said} or nothing`);
    }
    return key in body;
  }

  /** @param {number} value */
  function isShare(value) {
    return value >= 0 && value <= 1;
  }

  const edgepose = {
    BLAZEPOSE33, COCO17, COCO17_CONNECTIONS, COCO17_INDICES, CONNECTIONS, POSTURES, SETS, SKELETONS,
    DecodeError, decodeJson, decodePacked,
  };
  if (typeof module === "object" && module.exports) {
    // Spelled out, because Node reads from here what an `import` may name.
    module.exports = {
      BLAZEPOSE33, COCO17, COCO17_CONNECTIONS, COCO17_INDICES, CONNECTIONS, POSTURES, SETS,
      SKELETONS, DecodeError, decodeJson, decodePacked,
    };
  } else {
    Object.assign(globalThis, { edgepose });
  }
})();
