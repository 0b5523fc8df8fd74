// What is thrown, and only inside this room, when bytes are not what they claim to be or a value
// cannot be written. It is caught once at the codec's border (Codec.ts, the broker's Router) and
// becomes a typed answer there.

export class WireError extends Error {
  override readonly name = "WireError"
}

/** Fails with a sentence that says what was found and what is allowed. */
export const malformed = (sentence: string): never => {
  throw new WireError(sentence)
}
