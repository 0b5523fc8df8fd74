// The version that this program tells of itself; a test holds it against package.json.

export const VERSION = "0.1.0"
