// SCRAM against the exchange that RFC 7677 prints, and against brokers that are not what they seem.
import { assert, describe, it } from "@effect/vitest"
import { ScramError, ScramExchange } from "../../../../src/runtime/client/sasl/Scram.ts"

const NONCE = "rOprNGfwEbeRWgbNEkqO"
const CHALLENGE =
  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
const SERVER_PROOF = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

const exchange = () => new ScramExchange("SCRAM-SHA-256", "user", "pencil", NONCE)

describe("ScramExchange", () => {
  it("says what RFC 7677 says", () => {
    const told = exchange()
    assert.strictEqual(told.first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    assert.strictEqual(
      told.prove(CHALLENGE),
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
        "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    told.verify(SERVER_PROOF)
  })

  it("writes = and , of a name so that they are no separators", () => {
    const told = new ScramExchange("SCRAM-SHA-512", "a=b,c", "x", NONCE)
    assert.strictEqual(told.first, `n,,n=a=3Db=2Cc,r=${NONCE}`)
  })

  it("refuses a challenge to somebody else, and one that makes guessing cheap", () => {
    assert.throws(() => exchange().prove(CHALLENGE.replace("rOpr", "XXXX")), ScramError)
    assert.throws(() => exchange().prove(CHALLENGE.replace("4096", "1")), /1 iterations/)
    assert.throws(() => exchange().prove("nonsense"), ScramError)
  })

  it("refuses a broker that cannot prove to know the password", () => {
    const told = exchange()
    told.prove(CHALLENGE)
    assert.throws(() => told.verify(SERVER_PROOF.replace("6rri", "AAAA")), /impostor/)
    assert.throws(() => told.verify("e=invalid-proof"), /refused: invalid-proof/)
    assert.throws(() => exchange().verify(SERVER_PROOF), ScramError)
  })
})
