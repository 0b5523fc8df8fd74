// The sentence for a batch that would grow beyond what is allowed, the same for every codec.

/** Throws when decompressing would give more than `bytesMax`. */
export const check = (bytes: number, bytesMax: number): void => {
  if (bytes > bytesMax) {
    throw new Error(`${bytes} bytes would come out, at most ${bytesMax} are allowed`)
  }
}
